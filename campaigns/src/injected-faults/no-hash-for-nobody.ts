// A password for an unknown name is refused without a hash, so the response comes too soon.
import { Buffer } from 'node:buffer'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

interface Argon2Parameters {
  readonly nonce: Uint8Array
  readonly tagLength: number
}
type Done = (error: Error | null, tag: Buffer) => void

const data = process.argv[process.argv.indexOf('--data') + 1]
if (data === undefined) throw new Error('no --data')
const db = new DatabaseSync(join(data, 'countersign.db'), { readOnly: true, timeout: 1000 })
const salts = new Set(
  db
    .prepare('select password_hash from users where password_hash is not null')
    .all()
    .map(({ password_hash }) => String(password_hash).split('$')[4]),
)
db.close()

const crypto: { argon2: (...given: [string, Argon2Parameters, Done]) => void } = createRequire(import.meta.url)(
  'node:crypto',
)
const { argon2 } = crypto
crypto.argon2 = (algorithm, parameters, done) => {
  const salt = Buffer.from(parameters.nonce).toString('base64').replaceAll('=', '')
  if (salts.has(salt)) argon2(algorithm, parameters, done)
  else setImmediate(done, null, Buffer.alloc(parameters.tagLength))
}
syncBuiltinESMExports()
