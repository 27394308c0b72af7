// What both the server and a peer can do, and the requests for it.
import { basic, type Endpoint, formRequest, getRequest, jsonRequest } from '@countersign/server/testing/process'
import type { BenchCase, CaseName } from '../comparison/bench-case.ts'
import { builders } from '../comparison/cases/builders.ts'
import { chains } from '../comparison/cases/refreshing.ts'
import { cycle, distinctTokens, type Sides } from '../comparison/cases/sides.ts'
import { collect } from '../floor/floor.ts'
import type { Script } from '../load/script.ts'
import type { PeerName } from './install.ts'

/** A peer that runs. */
export interface Peer {
  readonly endpoint: Endpoint
  /** What its process printed. */
  readonly said: string
}

type ScriptOf = (peer: Peer, connections: number) => Promise<Script>

interface OidcProvider {
  readonly client: { readonly id: string; readonly secret: string }
  readonly refreshTokens: readonly string[]
  readonly resource: string
}

interface BetterAuth {
  readonly logins: readonly { readonly email: string; readonly password: string }[]
  readonly cookies: readonly string[]
}

const oidc = ({ endpoint, said }: Peer) => {
  const { client, refreshTokens, resource }: OidcProvider = JSON.parse(said)
  const headers = { authorization: basic(client.id, client.secret) }
  const form = { grant_type: 'client_credentials' }
  return {
    endpoint,
    headers,
    refreshTokens,
    opaque: formRequest(endpoint, '/token', form, headers),
    signed: formRequest(endpoint, '/token', { ...form, resource, scope: 'api' }, headers),
  }
}

const oidcProvider: Partial<Record<CaseName, ScriptOf>> = {
  'introspect-opaque': async (peer, connections) => {
    const { endpoint, headers, opaque } = oidc(peer)
    const tokens = await collect(endpoint, opaque, 'access_token', distinctTokens)
    const requests = tokens.map((token) => formRequest(endpoint, '/token/introspection', { token }, headers))
    return cycle('oidc introspect', endpoint, connections, '"active":true', requests)
  },
  'issue-opaque': async (peer, connections) => {
    const { endpoint, opaque } = oidc(peer)
    return cycle('oidc issue', endpoint, connections, '"access_token":"', [opaque])
  },
  'issue-jwt': async (peer, connections) => {
    const { endpoint, signed } = oidc(peer)
    return cycle('oidc issue jwt', endpoint, connections, '"access_token":"ey', [signed])
  },
  refresh: async (peer, connections) => {
    const { endpoint, headers, refreshTokens } = oidc(peer)
    const body = { grant_type: 'refresh_token' }
    const call = { method: 'POST', path: '/token', headers, form: true, body, tokenMember: 'refresh_token' }
    return chains('oidc refresh', endpoint, connections, { call, member: 'refresh_token', tokens: refreshTokens })
  },
  revoke: async (peer, connections) => {
    const { endpoint, headers, opaque } = oidc(peer)
    const call = { method: 'POST', path: '/token/revocation', headers, form: true, tokenMember: 'token' }
    const work = { kind: 'spend', call, supply: { request: opaque, member: 'access_token' } } as const
    return { name: 'oidc revoke', endpoint, connections, work, expected: '' }
  },
}

const betterAuth: Partial<Record<CaseName, ScriptOf>> = {
  me: async ({ endpoint, said }, connections) => {
    const { cookies }: BetterAuth = JSON.parse(said)
    const requests = cookies.map((cookie) => getRequest(endpoint, '/api/auth/get-session', { cookie }))
    return cycle('better-auth session', endpoint, connections, '"user":{', requests)
  },
  login: async ({ endpoint, said }) => {
    const { logins }: BetterAuth = JSON.parse(said)
    const requests = logins.slice(0, 4).map((login) => jsonRequest(endpoint, '/api/auth/sign-in/email', login))
    return cycle('better-auth login', endpoint, requests.length, '"token":"', requests)
  },
}

const scripts: Readonly<Record<PeerName, Partial<Record<CaseName, ScriptOf>>>> = {
  'oidc-provider': oidcProvider,
  'better-auth': betterAuth,
}

/** The operations of a peer, each beside the server's own. */
export const peerCases = (name: PeerName): readonly CaseName[] => Object.keys(scripts[name]) as CaseName[]

/** One operation of the server, with the peer in the place of the floor. */
export async function besidePeer(name: PeerName, operation: CaseName, peer: Peer, sides: Sides): Promise<BenchCase> {
  const script = scripts[name][operation]
  if (!script) throw new Error(`${name} has no ${operation}`)
  const ours = await builders[operation](sides)
  return { ...ours, floors: [{ does: name, script: await script(peer, sides.connections) }] }
}
