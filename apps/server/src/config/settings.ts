// Every setting of the server, said once: parsing, help texts and docs/configuration.md come from this table.
// It must not know where values come from (read-config.ts) nor what is done with them.
import { isIP } from 'node:net'
import { fewestRotationDays } from '@countersign/core'
import { isAddressRange, isHost } from './host-name.ts'
import {
  type HostAndPort,
  hostAndPort,
  listOf,
  oneOf,
  onOff,
  presence,
  type Setting,
  setting,
  text,
  wholeNumber,
  zeroOr,
} from './setting.ts'
import { databaseSettings } from './settings/database.ts'

export const settings = {
  host: setting({
    type: text('ADDRESS', 'an address or a host name', isHost),
    fallback: '127.0.0.1',
    reason: 'The address to listen on. Only this machine can reach the default.',
  }),
  port: setting({
    type: wholeNumber('PORT', 0, 65_535),
    fallback: 4300,
    reason: 'The port to listen on. 0 lets the system choose; the ready line says which.',
  }),
  ...databaseSettings,
  issuer: setting<string>({
    type: text('URL', 'an absolute URL'),
    fallback: undefined,
    fallbackWords: '`http://HOST:PORT`, or `https://…` with TLS',
    reason:
      'The `iss` of tokens, and the URL at which clients find the server. Clients compare it character by character.',
  }),
  allowHttpIssuer: setting({
    type: presence,
    fallback: false,
    reason: 'Permits an `http://` issuer that is not this machine. Tokens can then be read on the network.',
  }),
  masterKeyFile: setting<string>({
    type: text('FILE', 'a path'),
    fallback: undefined,
    fallbackWords: '`DATA/master.key`',
    reason:
      'The 32 bytes that seal the keys in the database. Keep the file elsewhere: then a copy of the data folder cannot be opened.',
  }),
  ownerPasswordFile: setting<string>({
    type: text('FILE', 'a path'),
    fallback: undefined,
    fallbackWords: 'none: it is made, and printed once',
    reason: 'The first start takes the owner’s password from this file: one line. Others must not be able to read it.',
  }),
  logLevel: setting({
    type: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    fallback: 'info',
    reason: 'The lowest level that is logged, on standard error.',
  }),
  tlsCert: setting<string>({
    type: text('FILE', 'a path'),
    fallback: undefined,
    fallbackWords: 'none: plain HTTP',
    reason: 'A PEM certificate (with its chain) to serve TLS directly. It requires `--tls-key`.',
  }),
  tlsKey: setting<string>({
    type: text('FILE', 'a path'),
    fallback: undefined,
    fallbackWords: 'none: plain HTTP',
    reason:
      'The PEM key of the certificate. A file that others can read is refused. Members of its group may read a file of root.',
  }),
  tlsSelfSigned: setting({
    type: presence,
    fallback: false,
    reason: 'Serves TLS with a self-signed certificate, kept in the data folder. For trials.',
  }),
  dialects: setting<readonly string[]>({
    type: listOf('NAMES', 'dialects', (name) => /^[a-z][a-z0-9-]*$/.test(name)),
    fallback: undefined,
    fallbackWords: 'all',
    reason:
      "The vendors' dialects that are served beside the native API; `none` for none. Switch off unused ones to reduce the attack surface.",
  }),
  retryWindowSeconds: setting({
    type: wholeNumber('SECONDS', 1, 600),
    unit: 'seconds',
    fallback: 60,
    reason:
      'How long a repeated refresh with the same `Idempotency-Key` gets the same successor. It must be longer than a client waits for a response.',
  }),
  personalTokenMaxSeconds: setting({
    type: wholeNumber('SECONDS', 60, 315_360_000),
    unit: 'seconds',
    fallback: 366 * 86_400,
    reason:
      'The maximum and default lifetime of a personal token. Tokens that a vendor’s documentation promises without expiry have none.',
  }),
  sessionIdleSeconds: setting({
    type: wholeNumber('SECONDS', 0, 31_536_000),
    unit: 'seconds',
    fallback: 14 * 86_400,
    reason:
      'A native session ends after this time without use; 0: never. Refreshing is a use. Existing sessions keep their timeout.',
  }),
  cookieIdleSeconds: setting({
    type: wholeNumber('SECONDS', 0, 31_536_000),
    unit: 'seconds',
    fallback: 12 * 3600,
    reason: 'The same for a session in a browser’s cookie. It is shorter because others may use that browser.',
  }),
  maxSessions: setting({
    type: wholeNumber('COUNT', 1, 10_000_000),
    fallback: 50,
    reason:
      'Native sessions of one user. One more replaces a session that was unused for longer than its access token lives, or is refused.',
  }),
  maxVendorSessions: setting({
    type: wholeNumber('COUNT', 1, 10_000_000),
    fallback: 1000,
    reason:
      "The same for one user's sessions of all other dialects together. It is higher because scripts log in each time they run.",
  }),
  maxPersonalTokens: setting({
    type: wholeNumber('COUNT', 1, 10_000_000),
    fallback: 100,
    reason: 'Native personal tokens of one user. One more is refused.',
  }),
  requiredFactorsViewer: setting({
    type: oneOf(['none', 'password', 'totp', 'password+totp']),
    fallback: 'none',
    reason:
      'The factors that every viewer must show at login, regardless of their own setting. Set it as a variable, so that commands use it too.',
  }),
  requiredFactorsManager: setting({
    type: oneOf(['none', 'password', 'totp', 'password+totp']),
    fallback: 'none',
    reason: 'The same for managers. We recommend `password+totp`.',
  }),
  requiredFactorsOwner: setting({
    type: oneOf(['none', 'password', 'totp', 'password+totp']),
    fallback: 'none',
    reason: 'The same for the owner. We recommend `password+totp`.',
  }),
  signingAlgorithm: setting({
    type: oneOf(['ES256', 'EdDSA']),
    fallback: 'ES256',
    reason: 'The algorithm of new signing keys. Every JWT library supports ES256, and it is faster here.',
  }),
  keyRotationDays: setting({
    type: zeroOr('DAYS', fewestRotationDays, 3650),
    unit: 'days',
    fallback: 90,
    reason:
      'The server replaces the signing key after this time; 0: only `countersign keys rotate` does. No token becomes invalid. Set it as a variable, so that `keys list` uses it too.',
  }),
  trustedProxies: setting<readonly string[]>({
    type: listOf('ADDRESSES', 'addresses or CIDR ranges', isAddressRange),
    fallback: [],
    fallbackWords: 'none: `X-Forwarded-For` is ignored',
    reason:
      'Reverse proxies whose `X-Forwarded-For` is trusted. From any other address the header is ignored, otherwise an attacker could evade the throttle.',
  }),
  allowedHosts: setting<readonly string[]>({
    type: listOf('NAMES', 'host names, or *', (name) => name === '*' || (isIP(name) === 0 && isHost(name))),
    fallback: [],
    fallbackWords: "the issuer's host and `localhost`",
    reason:
      'Further names that `Host` may have; `*` permits every name. The check prevents DNS rebinding. IP addresses are always permitted.',
  }),
  allowedOrigins: setting<readonly string[]>({
    type: listOf('ORIGINS', 'origins', (origin) => origin !== ''),
    fallback: [],
    fallbackWords: 'none',
    reason:
      'Pages of these origins may call the API and log users in: `https://app.example.com`. They see passwords and tokens, so list only your own. Each is exact and https, or http on this machine; no wildcard, no path, not `null`.',
  }),
  keepAliveSeconds: setting({
    type: wholeNumber('SECONDS', 1, 3600),
    unit: 'seconds',
    fallback: 65,
    reason:
      'How long an idle connection is kept. It must be longer than the proxy keeps it (usually 60 seconds). Otherwise the proxy may send a request on a connection that is being closed.',
  }),
  hashMemoryKib: setting({
    type: wholeNumber('KIB', 19_456, 262_144),
    unit: 'KiB',
    fallback: 19_456,
    reason: 'Memory of one Argon2id password hash. Below 47104 it takes 2 passes (OWASP ASVS 5.0, appendix C).',
  }),
  hashPasses: setting({
    type: wholeNumber('COUNT', 1, 10),
    fallback: 2,
    reason: 'Passes of one Argon2id password hash.',
  }),
  hashConcurrency: setting<number>({
    type: wholeNumber('COUNT', 1, 64),
    fallback: undefined,
    fallbackWords: 'one per CPU core; one libuv thread stays free',
    reason:
      'Concurrent password hashes. A number above the size of the thread pool (`UV_THREADPOOL_SIZE`) has no effect.',
  }),
  hashQueue: setting({
    type: wholeNumber('COUNT', 0, 10_000),
    fallback: 128,
    reason:
      'Logins that may wait for a hash; the next one gets 503. Known addresses have as many places again, and one reserved slot where there are three or more.',
  }),
  shutdownSeconds: setting({
    type: wholeNumber('SECONDS', 0, 600),
    unit: 'seconds',
    fallback: 10,
    reason: 'How long accepted requests may take to finish after SIGTERM.',
  }),
  dropletDriver: setting({
    type: oneOf(['inventory', 'docker']),
    fallback: 'inventory',
    reason:
      'The implementation of droplets: an inventory in the database, where nothing runs, or containers of a Docker or Podman engine.',
  }),
  dockerSocket: setting({
    type: text('FILE', 'a path'),
    fallback: '/var/run/docker.sock',
    reason: "The engine's socket, for `--droplet-driver docker`. A process that may open it is root on that machine.",
  }),
  dockerImage: setting<string>({
    type: text('IMAGE', 'the name or id of an image', (image) => /^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$/.test(image)),
    fallback: undefined,
    fallbackWords: 'none',
    reason:
      'The image of every droplet. `--droplet-driver docker` requires it. It must be present, because images are never pulled.',
  }),
  dockerPublishAddress: setting({
    type: text('ADDRESS', 'an IP address', (address) => isIP(address) !== 0),
    fallback: '127.0.0.1',
    reason:
      "The address of the engine's machine on which ports of droplets are published. Only that machine can reach the default.",
  }),
  auditDays: setting({
    type: wholeNumber('DAYS', 1, 36_500),
    unit: 'days',
    fallback: 400,
    reason:
      'How long entries of the audit trail are kept. Only entries that `countersign audit export` has exported are deleted.',
  }),
  rotationAuditDays: setting({
    type: wholeNumber('DAYS', 1, 36_500),
    unit: 'days',
    fallback: 30,
    reason:
      'How long refreshes are kept in the audit trail (`authorization_rotated`), exported or not. They outnumber all other entries.',
  }),
  auditDrop: setting({
    type: onOff,
    fallback: false,
    reason: 'Also deletes entries that are older than `--audit-days` and were never exported. They are lost.',
  }),
  migrationBackups: setting({
    type: wholeNumber('COUNT', 0, 1000),
    fallback: 3,
    reason:
      'A migration first makes a backup of the database. So many of these are kept. 0: none is made, for a database that the disk has no room for twice.',
  }),
  migrationBackupFolder: setting<string>({
    type: text('FOLDER', 'a path'),
    fallback: undefined,
    fallbackWords: '`DATA/backups`',
    reason: 'Where these backups are. The folder is created, closed to other users.',
  }),
  console: setting({
    type: onOff,
    fallback: true,
    reason:
      'Serves the web application at `/console`. Without it, everything that it does is done by the API and by commands. ' +
      'An issuer with a path has none.',
  }),
  metrics: setting({
    type: onOff,
    fallback: true,
    reason: 'Serves `/metrics`, to processes of this machine only. The metrics name no user, client or token.',
  }),
  metricsListen: setting<HostAndPort>({
    type: hostAndPort,
    fallback: undefined,
    fallbackWords: 'none: `/metrics` is served beside the API',
    reason:
      'A separate address and port for `/metrics`, over plain HTTP and without authentication: `127.0.0.1:9464`, `[::1]:9464`. Then it is not served beside the API.',
  }),
} as const satisfies Record<string, Setting<unknown>>

export type SettingKey = keyof typeof settings
