// Types that callers rely on. tsc checks this file; it does not run.
import { type components, createClient, paginate } from '../index.ts'

const client = createClient({ baseUrl: 'https://auth.example' })

/** Compiles if both types are equal. */
function same<A, B>(..._: [A] extends [B] ? ([B] extends [A] ? [] : ['differs']) : ['differs']): void {}

export async function itemsAreTypedByTheOperation(): Promise<void> {
  for await (const user of paginate(client, '/v1/users')) same<typeof user, components['schemas']['User']>()
  for await (const event of paginate(client, '/v1/audit', { query: { limit: 9 } })) {
    same<typeof event, components['schemas']['AuditEvent']>()
  }
  // @ts-expect-error This operation does not list in pages.
  paginate(client, '/v1/me')
  // @ts-expect-error The contract has no such parameter.
  paginate(client, '/v1/users', { query: { colour: 'red' } })
  // @ts-expect-error The cursor is the iteration's.
  paginate(client, '/v1/users', { query: { cursor: 'x' } })
}
