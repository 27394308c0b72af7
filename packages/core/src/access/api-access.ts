import type { Domain } from '../domain/domain.ts'
import { type Api, issuerApiId, scopesFor } from '../model/api.ts'
import { grantAt } from '../model/authorization/authorization.ts'
import { isId } from '../model/authorization/id.ts'
import type { Access, AccessCheck } from './access.ts'
import { invalid } from './active-access.ts'
import type { PresentedToken } from './presented-token.ts'
import type { TokenUse } from './token-reader.ts'

/**
 * Reads the registrations of the APIs that a token is meant for. A removed API's tokens are inactive, also if its identifier is
 * registered again. A scope that the API or the role has no more is left out.
 */
export async function atItsApi(
  access: Access,
  use: TokenUse,
  token: PresentedToken,
  { store, issuer }: Pick<Domain, 'store' | 'issuer'>,
): Promise<AccessCheck> {
  // A refresh token or a cookie stands for the whole session.
  if (use !== 'access' && use !== 'personal')
    return { outcome: 'active', access: { ...access, audience: ownAudience(access, issuer) } }
  const found = await Promise.all(idsOf(access, token).map((id) => apiOf(id, store)))
  const apis = found.filter((api) => api !== undefined)
  const [api] = apis
  if (!api || isReplaced(api, issuer)) return invalid
  if (api === 'issuer') {
    return access.audience.includes(issuer) ? { outcome: 'active', access: { ...access, audience: [issuer] } } : invalid
  }
  if (token.audience && !apis.some((one) => one !== 'issuer' && token.audience?.includes(one.identifier)))
    return invalid
  if (!(await isStillIts(access, token, api, store))) return invalid
  const asked = token.scope ?? access.authorization.scope
  const permitted = scopesFor(api, access.role)
  const audience = apis.map((one) => (one === 'issuer' ? issuer : one.identifier))
  return {
    outcome: 'active',
    access: { ...access, api, audience, scope: asked.filter((name) => permitted.includes(name)) },
  }
}

/** The issuer took the identifier of the API later: then the issuer is meant by it, and was not when the token was granted. */
const isReplaced = (api: Api | 'issuer', issuer: string): boolean => api !== 'issuer' && api.identifier === issuer

/** The audience of a session, without an API whose identifier the issuer took later. */
const ownAudience = ({ authorization, audience }: Access, issuer: string): readonly string[] => {
  const isGranted = grantAt(authorization, issuer)?.id === issuerApiId
  return isGranted ? audience : audience.filter((identifier) => identifier !== issuer)
}

/**
 * Whether the client that holds a token may still hold it: its registration is what it was when it exchanged the token, and those
 * that acted before it are enabled, and no token that it was exchanged from was revoked. The built-in clients may hold what is
 * first-party.
 */
async function isStillIts(
  { authorization }: Access,
  token: PresentedToken,
  api: Api,
  store: Domain['store'],
): Promise<boolean> {
  const { actors, clientEpoch, ancestors } = token
  // The Authorization of a registered client ends with the client.
  if (actors.length === 0) return api.firstParty || authorization.clientEpoch !== undefined
  // It does not outlive a token that it was exchanged from.
  const parents = await Promise.all(ancestors.map((id) => store.authorizations.find(authorization.id, id)))
  if (parents.some((record) => record?.tokenRevoked !== false)) return false
  if (!isId(actors[0])) return api.firstParty
  const clients = await Promise.all(actors.filter(isId).map((id) => store.clients.find(id)))
  const [holder] = clients
  return (
    clients.every((client) => client?.disabledAt === undefined && client !== undefined) && holder?.epoch === clientEpoch
  )
}

const apiOf = (id: string, store: Domain['store']): Promise<Api | 'issuer' | undefined> =>
  id === issuerApiId ? Promise.resolve(id) : store.apis.find(id)

/** A token that names no registration is meant for those that its Authorization was granted. */
function idsOf({ authorization }: Access, token: PresentedToken): readonly string[] {
  if (token.apiId !== undefined) return [token.apiId]
  const audience = token.audience ?? authorization.audience
  return audience.map((identifier) => grantAt(authorization, identifier)?.id).filter((id) => id !== undefined)
}
