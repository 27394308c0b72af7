import { type Client, createUseCases, localCaller, lowerRole, nativeSessionPolicy, type User } from '@countersign/core'
import type { TestServer as Harness } from '@countersign/server/testing'
import type { TestTokenOptions } from './surface.ts'
import { TestServerError } from './test-server-error.ts'

type Terms = Omit<TestTokenOptions, 'subject'>

/** The use cases, as they would have been a while ago. */
function useCasesAt(server: Harness, ageSeconds: number) {
  const { domain, useCases } = server.authority
  if (ageSeconds === 0) return useCases
  const { clock } = domain
  const earlier = { now: () => clock.now() - ageSeconds, latest: () => clock.latest() - ageSeconds }
  return createUseCases({ ...domain, clock: earlier })
}

/** As if the user had just logged in with the password. @throws AuthError, TestServerError */
export async function mintForUser(server: Harness, user: User, terms: Terms): Promise<string> {
  const { role = user.role, scope, resource, ageSeconds = 0 } = terms
  if (lowerRole(role, user.role) !== role)
    throw new TestServerError(`the user ${user.username} is ${user.role}, and cannot have a token as ${role}`)
  const policy = { ...nativeSessionPolicy, roleCeiling: role }
  const target = { resources: resource === undefined ? [] : [resource], scope }
  const who = { user, factors: ['password'] } as const
  const { accessToken } = await useCasesAt(server, ageSeconds).sessions.open({ who, policy, target }, localCaller)
  return accessToken.reveal()
}

/** As if the client had just asked for it (RFC 6749 §4.4). @throws AuthError, TestServerError */
export async function mintForClient(server: Harness, client: Client, terms: Terms): Promise<string> {
  const { role = client.role, scope, resource, ageSeconds = 0 } = terms
  if (role !== client.role) throw new TestServerError(`the client ${client.name} is ${client.role}, and not ${role}`)
  const { clientCredentials } = useCasesAt(server, ageSeconds)
  const resources = resource === undefined ? [] : [resource]
  return (await clientCredentials.issue({ client, scope, resources }, localCaller)).accessToken.reveal()
}
