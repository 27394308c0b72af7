import type { Endpoint } from '@countersign/server/testing/process'
import { collect } from '../../floor/floor.ts'
import type { Call, Chain, Script } from '../../load/script.ts'
import type { Baseline } from '../bench-case.ts'
import type { Sides } from './sides.ts'

const expected = '"access'

/** Each connection refreshes a session of its own. */
export const chains = (name: string, endpoint: Endpoint, connections: number, work: Omit<Chain, 'kind'>): Script => ({
  name,
  endpoint,
  connections,
  work: { kind: 'chain', ...work },
  expected,
})

export const refreshCall: Call = {
  method: 'POST',
  path: '/v1/sessions/refresh',
  tokenMember: 'refresh_token',
  keyed: true,
}

export const refreshFloors = {
  plain: { does: 'HMAC, durable compare-and-set in the same group commit', path: '/refresh' },
  signed: { does: 'the same, and an ES256 access token as ours has', path: '/refresh-signed' },
} as const

export async function refreshFloor(
  { floor, connections }: Sides,
  name: string,
  { does, path }: { readonly does: string; readonly path: string },
): Promise<Baseline> {
  const tokens = await collect(floor, { path: '/chain' }, 'refresh_token', connections)
  const call = { method: 'POST', path, tokenMember: 'refresh_token', keyed: true }
  return { does, script: chains(`${name} ${path}`, floor, connections, { call, member: 'refresh_token', tokens }) }
}
