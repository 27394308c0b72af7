// The server as an operator runs it: `countersign serve` on a data folder, and its admin commands.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Endpoint } from './connection.ts'
import { Program, plainEnvironment } from './program.ts'
import { untilReady } from './readiness.ts'

const executable = fileURLToPath(new URL('../../../bin/countersign.js', import.meta.url))

/** A data folder and the port that its server always gets: tokens name their issuer, which is the address. */
export interface Place {
  readonly data: string
  readonly endpoint: Endpoint
}

/** The database inside a data folder. */
export const databaseOf = ({ data }: Place): string => join(data, 'countersign.db')

export interface ServeOptions {
  /** Flags of `serve` besides place and port. */
  readonly flags?: readonly string[]
  /** Options of Node.js itself, such as a module to load first. */
  readonly nodeOptions?: readonly string[]
}

/** A campaign is one person who logs in more often than any does. */
const withoutCaps = ['--max-sessions', '1000000', '--max-vendor-sessions', '1000000']

/** Starts the server; it may not be ready yet. Its log goes to a file in the data folder. */
export function launch({ data, endpoint }: Place, { flags = [], nodeOptions = [] }: ServeOptions = {}): Program {
  const place = ['--data', data, '--host', endpoint.host, '--port', `${endpoint.port}`]
  return Program.start({
    arguments: [...nodeOptions, executable, 'serve', ...place, ...withoutCaps, ...flags],
    output: join(data, 'server.log'),
  })
}

/** Starts the server and waits until it is ready. */
export async function serve(place: Place, options?: ServeOptions): Promise<Program> {
  const program = launch(place, options)
  await untilReady(program, place.endpoint)
  return program
}

export interface Credentials {
  readonly id: string
  readonly secret: string
}

export async function createClient({ data }: Place, name: string, form: 'jwt' | 'opaque'): Promise<Credentials> {
  const words = ['create-client', '--data', data, '--name', name, '--token-form', form, '--json']
  const { client_id, client_secret } = await admin(words)
  if (client_id === undefined || client_secret === undefined) throw new Error('create-client named no client')
  return { id: client_id, secret: client_secret }
}

export interface Person {
  readonly username: string
  readonly password: string
}

/** Makes the folder: the making of the owner does, and no other command. */
export const createOwner = (place: Place): Promise<void> =>
  createUser(place, { username: 'owner', password: 'a password that opens the house' }, 'owner')

/** Creates a person. Default is one who may do as little as possible. */
export async function createUser(
  { data }: Place,
  person: Person,
  role: 'viewer' | 'manager' | 'owner' = 'viewer',
): Promise<void> {
  const words = ['create-user', '--data', data, '-u', person.username, '-g', role, '--password-stdin', '--json']
  await admin(words, person.password)
}

function admin(words: readonly string[], input = ''): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [executable, ...words], { env: plainEnvironment() }, (error, out, err) => {
      if (error) reject(new Error(`countersign ${words[0]} failed: ${err}`))
      else resolve(JSON.parse(out))
    })
    child.stdin?.end(input)
  })
}
