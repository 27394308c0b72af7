// Forward authentication for any application: whether a request that a proxy received may pass, and whose it is.
import { type Access, AuthError, atLeast, type Domain, type Role, readScope, type UseCases } from '@countersign/core'
import type { ForwardAuthHandlers } from '../generated/index.ts'
import { changesNothing } from '../http/same-origin.ts'
import type { Context, Presented } from '../pipeline/context.ts'
import { identityHeaders } from './wire/identity-headers.ts'

/** What the proxy asks for. */
interface Needs {
  readonly resource: string | undefined
  readonly scope: readonly string[]
  readonly role: Role
}

export function forwardAuthHandlers({
  useCases: { apis },
  domain: { issuer },
}: {
  readonly useCases: Pick<UseCases, 'apis'>
  readonly domain: Pick<Domain, 'issuer'>
}): ForwardAuthHandlers<Context> {
  /** The guarded API; `undefined`: the issuer. @throws AuthError `target_invalid`. */
  async function guarded(resource: string | undefined): Promise<string | undefined> {
    if (resource === undefined || resource === issuer) return undefined
    return (await apis.getByIdentifier(resource).catch(noTarget)).identifier
  }

  return {
    async checkForwardedRequest({ query, headers }, { access, presented }) {
      const resource = await guarded(query.resource)
      const asked = query.scope === undefined ? [] : readScope(query.scope)
      const own = changesNothing(headers['x-forwarded-method']) ? 'read' : 'write'
      const scope = [...new Set(resource === undefined ? [own, ...asked] : asked)]
      permit(access, presented, { resource, scope, role: query.role ?? 'viewer' }, issuer)
      return { status: 204, headers: identityHeaders(access) }
    },
  }
}

/** @throws AuthError `token_invalid` for another audience; `access_denied` for a role or a scope. */
function permit(access: Access, { byCookie }: Presented, needs: Needs, issuer: string): void {
  const { resource, scope, role } = needs
  // A cookie or a personal token stands for its user at the issuer. It has no scope of an API.
  const isForApi = access.api !== undefined && !byCookie
  const isMeant =
    resource === undefined ? access.audience.includes(issuer) : isForApi && access.audience.includes(resource)
  if (!isMeant) throw new AuthError('token_invalid')
  if (!atLeast(access.role, role)) throw new AuthError('access_denied')
  const isMissing = scope.some((name) => !access.scope.includes(name))
  if (isMissing) throw new AuthError('access_denied', { neededScope: scope })
}

function noTarget(error: unknown): never {
  if (error instanceof AuthError && error.code === 'api_unknown') throw new AuthError('target_invalid')
  throw error
}
