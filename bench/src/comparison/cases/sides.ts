import {
  basic,
  type Credentials,
  type Endpoint,
  formRequest,
  type ServerRun,
} from '@countersign/server/testing/process'
import { collect } from '../../floor/floor.ts'
import type { Script } from '../../load/script.ts'
import type { Baseline, BenchCase } from '../bench-case.ts'
import type { Accounts } from './accounts.ts'

export interface Sides {
  readonly server: Endpoint
  readonly floor: Endpoint
  /** For commands on the server's data folder. */
  readonly run: ServerRun
  readonly accounts: Accounts
  readonly connections: number
}

export type Build = (sides: Sides) => Promise<BenchCase>

export const distinctTokens = 64

/** V8 keeps optimising a function over tens of thousands of calls. A password hash is native code. */
export const warmUpAnswers = { code: 40_000, hashes: 16 } as const

export const cycle = (
  name: string,
  endpoint: Endpoint,
  connections: number,
  expected: string,
  requests: readonly string[],
): Script => ({ name, endpoint, connections, work: { kind: 'cycle', requests }, expected })

/** The floor that checks a token and reads its row. */
export async function readingFloor(
  { floor, connections }: Sides,
  name: string,
  { does, path }: { readonly does: string; readonly path: string } = {
    does: 'HMAC check, one indexed read',
    path: '/introspect',
  },
): Promise<Baseline> {
  const tokens = await collect(floor, { path: '/issue-stored' }, 'access_token', distinctTokens)
  const requests = tokens.map((token) => formRequest(floor, path, { token }))
  return { does, script: cycle(`${name} floor`, floor, connections, '"active":true', requests) }
}

export const issueRequest = (server: Endpoint, { id, secret }: Credentials): string => {
  const headers = { authorization: basic(id, secret) }
  return formRequest(server, '/oauth2/token', { grant_type: 'client_credentials' }, headers)
}
