import { AuthError, type Domain, nativeSessionPolicy, type UseCases } from '@countersign/core'
import type { TokensHandlers } from '../generated/index.ts'
import { RequestError } from '../http/errors.ts'
import type { Context } from '../pipeline/context.ts'
import { Cursors } from './wire/cursor.ts'
import { createdPersonalToken, listedPersonalToken } from './wire/tokens-wire.ts'

const defaultPage = 50

/** Personal tokens of the caller. */
export function tokenHandlers({
  useCases: { personalTokens, revocation },
  domain,
}: {
  readonly useCases: Pick<UseCases, 'personalTokens' | 'revocation'>
  readonly domain: Pick<Domain, 'keys' | 'clock'>
}): TokensHandlers<Context> {
  const cursors = new Cursors(domain)
  return {
    async listPersonalTokens({ query }, { access }) {
      const { subject } = access.authorization
      const list = `personal tokens of ${subject.id}`
      const after = query.cursor === undefined ? undefined : cursors.read(list, query.cursor)
      const page = await revocation.listOwn(subject, { kind: 'personal', limit: query.limit ?? defaultPage, after })
      const now = domain.clock.now()
      return {
        status: 200,
        body: {
          tokens: page.authorizations.map((authorization) => listedPersonalToken(authorization, now)),
          next_cursor: page.next === undefined ? null : cursors.write(list, page.next),
        },
      }
    },

    async createPersonalToken({ body }, { access, proof, by }) {
      const { label, expires_in: lifetimeSeconds, resource, scope, role } = body
      if (resource === undefined && scope !== undefined && !ownScopes.has(scope)) throw scopeUnknown()
      const terms = { label, lifetimeSeconds, resource, scope, role, dialect: nativeSessionPolicy.dialect }
      const request = { access, proof, ...terms }
      const made = await personalTokens.create(request, by).catch(nameLifetime)
      return { status: 201, body: createdPersonalToken(made) }
    },

    async revokePersonalToken({ params }, { session }) {
      await revocation.revokeOwn({ id: params.id, kind: 'personal' }, session)
      return { status: 204 }
    },
  }
}

/** Of a token for this server. One that may only write could not be used. */
const ownScopes: ReadonlySet<string> = new Set(['read', 'read write'])

const scopeUnknown = () => {
  const errors = [{ pointer: '/body/scope', detail: 'is `read` or `read write` where there is no `resource`' }]
  return new RequestError('request_invalid', 'The request does not match the contract.', { errors })
}

/** Adds the position of the lifetime in the body to the error. */
function nameLifetime(error: unknown): never {
  if (error instanceof AuthError && error.code === 'lifetime_too_long') {
    const errors = [{ pointer: '/body/expires_in', detail: 'is longer than this server permits' }]
    throw new RequestError('request_invalid', 'The request does not match the contract.', { errors })
  }
  throw error
}
