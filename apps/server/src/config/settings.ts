// Every setting of the server. Parsing, help texts and docs/configuration.md derive from this table. It does not know
// where values come from (read-config.ts) or what they are used for.
import { isIP } from 'node:net'
import { isHost } from './host-name.ts'
import {
  type HostAndPort,
  hostAndPort,
  listOf,
  oneOf,
  onOff,
  presence,
  type Setting,
  text,
  wholeNumber,
} from './setting.ts'

/** Infers `T` from the type only, so that a default of another type does not compile. */
const setting = <const T>(described: Setting<T> & { readonly fallback: NoInfer<T> | undefined }): Setting<T> =>
  described

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
  data: setting({
    type: text('FOLDER', 'a path'),
    fallback: './data',
    reason: 'Where everything is kept. `serve` makes it, open to nobody else, if there is none.',
  }),
  issuer: setting<string>({
    type: text('URL', 'an absolute URL'),
    fallback: undefined,
    fallbackWords: '`http://HOST:PORT`, or `https://…` with TLS',
    reason: 'Who the tokens say made them, and where clients find the server. Clients compare it letter by letter.',
  }),
  allowHttpIssuer: setting({
    type: presence,
    fallback: false,
    reason: 'Permits an `http://` issuer that is not this machine: whoever listens on the way reads every token.',
  }),
  masterKeyFile: setting<string>({
    type: text('FILE', 'a path'),
    fallback: undefined,
    fallbackWords: '`DATA/master.key`',
    reason: 'The 32 bytes that seal the keys in the database. Keep it elsewhere, and a copy of the data opens nothing.',
  }),
  logLevel: setting({
    type: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    fallback: 'info',
    reason: 'The least important line that is logged, on standard error.',
  }),
  tlsCert: setting<string>({
    type: text('FILE', 'a path'),
    fallback: undefined,
    fallbackWords: 'none: plain HTTP',
    reason: 'A PEM certificate (with its chain) to serve TLS directly. Needs `--tls-key`.',
  }),
  tlsKey: setting<string>({
    type: text('FILE', 'a path'),
    fallback: undefined,
    fallbackWords: 'none: plain HTTP',
    reason:
      'The PEM key of the certificate. A file that others can read is refused; members of its group may read one that is root’s.',
  }),
  tlsSelfSigned: setting({
    type: presence,
    fallback: false,
    reason: 'Serves TLS with a certificate of its own, kept in the data folder. For trying out.',
  }),
  dialects: setting<readonly string[]>({
    type: listOf('NAMES', 'dialects', (name) => /^[a-z][a-z0-9-]*$/.test(name)),
    fallback: undefined,
    fallbackWords: 'all',
    reason:
      "Which vendors' dialects are served besides the native API; `none` for none. What nobody needs is attack surface.",
  }),
  retryWindowSeconds: setting({
    type: wholeNumber('SECONDS', 1, 600),
    unit: 'seconds',
    fallback: 60,
    reason:
      'How long a refresh whose answer was lost is answered again to the same `Idempotency-Key`. Longer than a client waits.',
  }),
  personalTokenMaxSeconds: setting({
    type: wholeNumber('SECONDS', 60, 315_360_000),
    unit: 'seconds',
    fallback: 366 * 86_400,
    reason:
      'The longest life of a personal token, and the life of one whose maker names none. Tokens that a vendor’s page promises without end have none.',
  }),
  sessionIdleSeconds: setting({
    type: wholeNumber('SECONDS', 0, 31_536_000),
    unit: 'seconds',
    fallback: 14 * 86_400,
    reason:
      'A native session that nobody uses ends after so long; 0: never. Refreshing is use. Sessions that exist keep what they began with.',
  }),
  cookieIdleSeconds: setting({
    type: wholeNumber('SECONDS', 0, 31_536_000),
    unit: 'seconds',
    fallback: 12 * 3600,
    reason: 'The same for a session that a browser keeps in a cookie: others may sit down at that browser.',
  }),
  maxSessions: setting({
    type: wholeNumber('COUNT', 1, 10_000_000),
    fallback: 50,
    reason:
      'Native sessions of one person. One more takes the place of one that is unused for longer than its access token lives, or is refused.',
  }),
  maxVendorSessions: setting({
    type: wholeNumber('COUNT', 1, 10_000_000),
    fallback: 1000,
    reason: "The same for one person's sessions of all other dialects together: scripts log in each time they run.",
  }),
  maxPersonalTokens: setting({
    type: wholeNumber('COUNT', 1, 10_000_000),
    fallback: 100,
    reason: 'Native personal tokens of one person. One more is refused.',
  }),
  requiredFactorsViewer: setting({
    type: oneOf(['none', 'password', 'totp', 'password+totp']),
    fallback: 'none',
    reason:
      'What every viewer shows at login, whatever they chose. Set it as a variable, so that commands know it, too.',
  }),
  requiredFactorsManager: setting({
    type: oneOf(['none', 'password', 'totp', 'password+totp']),
    fallback: 'none',
    reason: 'The same for managers. `password+totp` is what we advise.',
  }),
  requiredFactorsOwner: setting({
    type: oneOf(['none', 'password', 'totp', 'password+totp']),
    fallback: 'none',
    reason: 'The same for the owner. `password+totp` is what we advise.',
  }),
  signingAlgorithm: setting({
    type: oneOf(['ES256', 'EdDSA']),
    fallback: 'ES256',
    reason: 'What new signing keys are made for. Every JWT library knows ES256, and it is the faster one here.',
  }),
  trustedProxies: setting<readonly string[]>({
    type: listOf('ADDRESSES', 'addresses or CIDR ranges', isAddressRange),
    fallback: [],
    fallbackWords: 'none: `X-Forwarded-For` is ignored',
    reason:
      'Reverse proxies whose word about the client address is believed. A stranger could dodge the throttle otherwise.',
  }),
  allowedHosts: setting<readonly string[]>({
    type: listOf('NAMES', 'host names, or *', (name) => name === '*' || (isIP(name) === 0 && isHost(name))),
    fallback: [],
    fallbackWords: "the issuer's host and `localhost`",
    reason:
      'Further names that requests may have in `Host`; `*` permits every name. A page whose name was made to lead to this server could call it otherwise (DNS rebinding). Addresses are always permitted.',
  }),
  keepAliveSeconds: setting({
    type: wholeNumber('SECONDS', 1, 3600),
    unit: 'seconds',
    fallback: 65,
    reason:
      'How long an idle connection is kept. It must be longer than a proxy in front keeps it (60 seconds is usual): otherwise the proxy sends a request into a connection that is being closed.',
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
    fallbackWords: 'one a core, but one thread of the pool stays free',
    reason:
      'Password hashes computed at the same time. More than the thread pool holds (`UV_THREADPOOL_SIZE`) gains nothing.',
  }),
  hashQueue: setting({
    type: wholeNumber('COUNT', 0, 10_000),
    fallback: 128,
    reason:
      'Logins that may wait for a hash; the next one is told to come back (503). Addresses that an account was logged into from before have as many places of their own, and a slot where there are three or more.',
  }),
  shutdownSeconds: setting({
    type: wholeNumber('SECONDS', 0, 600),
    unit: 'seconds',
    fallback: 10,
    reason: 'How long requests that were accepted may take to finish after SIGTERM.',
  }),
  dropletDriver: setting({
    type: oneOf(['inventory', 'docker']),
    fallback: 'inventory',
    reason:
      'What is behind droplets: an inventory in the database, where nothing runs, or containers of a Docker or Podman engine.',
  }),
  dockerSocket: setting({
    type: text('FILE', 'a path'),
    fallback: '/var/run/docker.sock',
    reason: "The engine's socket, for `--droplet-driver docker`. Whoever may open it is root on that machine.",
  }),
  dockerImage: setting<string>({
    type: text('IMAGE', 'the name or id of an image', (image) => /^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$/.test(image)),
    fallback: undefined,
    fallbackWords: 'none',
    reason: 'The image of every droplet. `--droplet-driver docker` needs it. It must be there: nothing is ever pulled.',
  }),
  dockerPublishAddress: setting({
    type: text('ADDRESS', 'an IP address', (address) => isIP(address) !== 0),
    fallback: '127.0.0.1',
    reason: "The engine's address on which ports of droplets are published. Only that machine can reach the default.",
  }),
  auditDays: setting({
    type: wholeNumber('DAYS', 1, 36_500),
    unit: 'days',
    fallback: 400,
    reason:
      'How long entries of the audit trail are kept. Only what `countersign audit export` has written to a file goes; the rest stays.',
  }),
  rotationAuditDays: setting({
    type: wholeNumber('DAYS', 1, 36_500),
    unit: 'days',
    fallback: 30,
    reason:
      'How long refreshes stay in the trail (`authorization_rotated`), exported or not. There are more of them than of all else together.',
  }),
  auditDrop: setting({
    type: onOff,
    fallback: false,
    reason: 'Lets entries go that are older than `--audit-days` and were never exported. They are lost.',
  }),
  metrics: setting({
    type: onOff,
    fallback: true,
    reason: 'Serves `/metrics`, to processes of this machine alone. Its numbers name no person, client or token.',
  }),
  metricsListen: setting<HostAndPort>({
    type: hostAndPort,
    fallback: undefined,
    fallbackWords: 'none: `/metrics` is served beside the API',
    reason:
      'An address and port of their own for `/metrics`, over plain HTTP, for everybody who can reach them: `127.0.0.1:9464`, `[::1]:9464`. It is not served beside the API then.',
  }),
} as const satisfies Record<string, Setting<unknown>>

export type SettingKey = keyof typeof settings

function isAddressRange(item: string): boolean {
  const [address = '', bits, ...rest] = item.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}
