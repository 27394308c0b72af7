import { AuthError } from '@countersign/core'
import type { TestServerOptions } from './surface.ts'
import { TestServerError } from './test-server-error.ts'

type Shape = Readonly<Record<string, 'text' | 'number' | 'list' | 'record' | 'flag'>>

const shapes = {
  startTestServer: {
    dialects: 'list',
    clock: 'record',
    users: 'list',
    clients: 'list',
    apis: 'list',
    port: 'number',
    settings: 'record',
  } satisfies Record<keyof TestServerOptions, Shape[string]>,
  user: { username: 'text', role: 'text', password: 'text' },
  client: { name: 'text', role: 'text', apis: 'list', audience: 'list' },
  api: {
    resource: 'text',
    name: 'text',
    scopes: 'list',
    tokenForm: 'text',
    accessLifetimeSeconds: 'number',
    allowedOrigins: 'list',
  },
  token: { subject: 'text', role: 'text', scope: 'text', resource: 'text', ageSeconds: 'number' },
} satisfies Readonly<Record<string, Shape>>

const required = { startTestServer: [], user: ['username'], client: ['name'], api: ['resource'], token: ['subject'] }
const roles = ['viewer', 'manager', 'owner']

/**
 * Checks the members of what a test gave. TypeScript does so too, but not every test is written in it.
 *
 * @throws TestServerError that names the member.
 */
export function requireShape(kind: keyof typeof shapes, given: unknown): void {
  if (typeof given !== 'object' || given === null) throw new TestServerError(`${kind}: an object is needed`)
  const shape: Shape = shapes[kind]
  for (const [name, value] of Object.entries(given)) {
    const wanted = shape[name]
    if (wanted === undefined)
      throw new TestServerError(`${kind}: ${name} is not an option; there are ${Object.keys(shape).join(', ')}`)
    if (value !== undefined && kindOf(value) !== wanted) throw new TestServerError(`${kind}: ${name} is a ${wanted}`)
    if (name === 'role' && value !== undefined && !roles.includes(value as string))
      throw new TestServerError(`${kind}: role is one of ${roles.join(', ')}`)
  }
  const missing = required[kind].find((name) => (given as Readonly<Record<string, unknown>>)[name] === undefined)
  if (missing !== undefined) throw new TestServerError(`${kind}: ${missing} is missing`)
}

function kindOf(value: unknown): Shape[string] | undefined {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number') return 'number'
  if (Array.isArray(value)) return 'list'
  return typeof value === 'object' && value !== null ? 'record' : undefined
}

/** Runs something that the server may refuse. @throws TestServerError with the server's own sentence. */
export async function asked<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof TestServerError) throw error
    const said = error instanceof AuthError ? `${error.detail} (${error.code})` : (error as Error).message
    throw new TestServerError(`${what}: ${said}`, error)
  }
}
