// `node server.js FOLDER PORT USERS`: a better-auth that does what the benchmark asks for. Prints what a caller needs.
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'

const [folder, port, users] = process.argv.slice(2)
const database = new DatabaseSync(join(folder, 'better-auth.db'))
database.exec('pragma journal_mode = wal; pragma synchronous = full')

/** The server's own hash and parameters, instead of scrypt. */
const hash = promisify(argon2)
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 }
const digest = (password, nonce) => hash('argon2id', { ...cost, message: Buffer.from(password), nonce })

const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret: randomBytes(32).toString('base64'),
  database,
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  logger: { disabled: true },
  emailAndPassword: {
    enabled: true,
    password: {
      hash: async (password) => {
        const nonce = randomBytes(16)
        return `${nonce.toString('base64')}.${(await digest(password, nonce)).toString('base64')}`
      },
      verify: async ({ hash: stored, password }) => {
        const [nonce, expected] = stored.split('.').map((part) => Buffer.from(part, 'base64'))
        return timingSafeEqual(await digest(password, nonce), expected)
      },
    },
  },
})
await (await getMigrations(auth.options)).runMigrations()

const logins = []
const cookies = []
for (let at = 0; at < Number(users); at++) {
  const login = { email: `bench-${at}@bench.example`, password: `correct horse battery staple ${at}` }
  await auth.api.signUpEmail({ body: { ...login, name: `bench-${at}` } })
  const { headers } = await auth.api.signInEmail({ body: login, returnHeaders: true })
  cookies.push(headers.getSetCookie()[0].split(';')[0])
  logins.push(login)
}

/** As the package's own handler for Node.js, but the answer has a length, which the load process needs. */
async function handle(request, response) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined
  const { method, url, headers } = request
  const answer = await auth.handler(new Request(`http://127.0.0.1:${port}${url}`, { method, headers, body }))
  const text = await answer.text()
  response.writeHead(answer.status, {
    ...Object.fromEntries(answer.headers),
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

const server = createServer((request, response) => {
  if (request.url === '/readyz') response.end('{}')
  else handle(request, response).catch((error) => response.destroy(error))
})
server.listen(Number(port), '127.0.0.1', () => {
  console.log(JSON.stringify({ logins, cookies }))
})
process.once('SIGTERM', () => process.exit(0))
