// The least work of each operation: no validation, no client authentication, no roles, no audit trail, no log. A server can
// come near these figures. It could exceed them only by omitting a part of the operation.
import {
  argon2,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
} from 'node:crypto'
import { promisify } from 'node:util'
import { readMacToken, writeMacToken } from './mac-token.ts'
import type { Found, Rows } from './rows.ts'

/** Takes the body of a request, returns the JSON of the answer. */
export type Work = (body: string) => object | Promise<object>

const argon2Async = promisify(argon2)

/** The server's defaults (OWASP ASVS 5.0, appendix C). */
const argon2Cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const

const lifetimeSeconds = 3600
const chainLifetimeSeconds = 30 * 86_400
const now = (): number => Math.floor(Date.now() / 1000)
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The work of each path. */
export function floorWork(rows: Rows): ReadonlyMap<string, Work> {
  // Key objects without options: Node.js takes several times as long for any other form of a key.
  const key = createSecretKey(randomBytes(32))
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: 'floor' })
  const nonce = randomBytes(16)
  let serial = 0

  const signed = (): string => {
    const claims = { iss: 'http://127.0.0.1', sub: 'subject-of-the-floor', iat: now(), exp: now() + lifetimeSeconds }
    const input = `${header}.${encode({ ...claims, jti: randomUUID(), scope: 'api' })}`
    const signature = sign('sha256', Buffer.from(input), privateKey)
    return `${input}.${concatenated(signature).toString('base64url')}`
  }
  const token = (access_token: string) => ({ access_token, token_type: 'Bearer', expires_in: lifetimeSeconds })
  const maced = (): string => writeMacToken(key, { id: standing, number: serial++ >>> 0 })
  const standing = randomBytes(11).toString('hex')
  const newRow = async (life: number): Promise<string> => {
    const id = randomBytes(11).toString('hex')
    await rows.insert(id, now() + life)
    return writeMacToken(key, { id, number: 0 })
  }
  const hashOf = (body: string): Promise<Buffer> =>
    argon2Async('argon2id', { ...argon2Cost, message: Buffer.from(JSON.parse(body).password), nonce })
  const advance = async (body: string, access: () => string): Promise<object> => {
    const { refresh_token } = JSON.parse(body)
    const presented = readMacToken(key, refresh_token)
    if (!presented || !(await rows.advance(presented.id, presented.number, now())))
      throw new Error('not the current one')
    const next = writeMacToken(key, { id: presented.id, number: presented.number + 1 })
    return { ...token(access()), refresh_token: next }
  }

  return new Map<string, Work>([
    ['/introspect', (body) => introspect(rows, key, body)],
    ['/list', (body) => list(rows, key, body)],
    ['/revoke', (body) => revoke(rows, key, body)],
    ['/issue', () => token(maced())],
    ['/issue-signed', () => token(signed())],
    ['/issue-stored', async () => token(await newRow(lifetimeSeconds))],
    ['/issue-stored-signed', async () => ({ ...token(signed()), row: await newRow(lifetimeSeconds) })],
    ['/chain', async () => ({ refresh_token: await newRow(chainLifetimeSeconds) })],
    ['/refresh', (body) => advance(body, maced)],
    ['/refresh-signed', (body) => advance(body, signed)],
    [
      '/login',
      async (body) => {
        await hashOf(body)
        return token(maced())
      },
    ],
    [
      '/login-stored',
      async (body) => {
        await rows.find(standing)
        await hashOf(body)
        return token(await newRow(chainLifetimeSeconds))
      },
    ],
  ])
}

/** Without a promise where the row is at hand: a turn of the queue of promises would be work that can be omitted. */
const onceFound = (found: Found | Promise<Found>, answer: (row: Found) => object): object | Promise<object> =>
  found instanceof Promise ? found.then(answer) : answer(found)

function introspect(rows: Rows, key: KeyObject, body: string): object | Promise<object> {
  // base64url has no percent-encoding.
  const presented = readMacToken(key, body.slice('token='.length))
  return onceFound(presented && rows.find(presented.id), introspection)
}

function introspection(row: Found): object {
  if (!row || row.revoked_at !== null || row.expires_at <= now()) return { active: false }
  return { active: true, sub: row.subject, client_id: row.client, scope: row.scope, exp: row.expires_at }
}

/** The row of the token, and a second one that it stands for. */
function list(rows: Rows, key: KeyObject, body: string): object | Promise<object> {
  const presented = readMacToken(key, body.slice('token='.length))
  return onceFound(presented && rows.find(presented.id), (listed) =>
    onceFound(presented && rows.find(presented.id), (row) => ({
      ...introspection(row),
      tokens: listed ? [listed] : [],
    })),
  )
}

async function revoke(rows: Rows, key: KeyObject, body: string): Promise<object> {
  const presented = readMacToken(key, body.slice('token='.length))
  if (!presented) throw new Error('not a token of this server')
  await rows.insert(`${presented.id}-${presented.number}`, now() + lifetimeSeconds)
  return {}
}

/** Converts an ECDSA signature from DER to the JOSE form: r and s, 32 bytes each (RFC 7518 §3.4). */
function concatenated(der: Buffer): Buffer {
  const out = Buffer.alloc(64)
  let at = 3
  for (const end of [32, 64]) {
    const length = der.readUInt8(at)
    const integer = der.subarray(at + 1 + Math.max(0, length - 32), at + 1 + length)
    out.set(integer, end - integer.length)
    at += 2 + length
  }
  return out
}
