import { AuthError, type Domain, type Subject, type UseCases } from '@countersign/core'
import type { AuthorizationsHandlers, Input } from '../generated/index.ts'
import { introspectionResponse } from '../oauth/wire.ts'
import type { Context } from '../pipeline/context.ts'
import { Cursors } from './wire/cursor.ts'
import { listedAuthorization } from './wire/wire.ts'

const defaultPage = 50

/**
 * Lists and revokes sessions, client grants and personal tokens of every dialect: the caller's own, and for the owner
 * all.
 */
export function authorizationHandlers({
  useCases: { introspect, revocation, users },
  domain,
}: {
  readonly useCases: Pick<UseCases, 'introspect' | 'revocation' | 'users'>
  readonly domain: Pick<Domain, 'keys' | 'clock' | 'issuer'>
}): AuthorizationsHandlers<Context> {
  const cursors = new Cursors(domain)

  /** The subject whose authorizations are listed; `undefined` for all. */
  async function whose(query: Input<'listAuthorizations'>['query'], { access }: Context): Promise<Subject | undefined> {
    const own = access.authorization.subject
    const asked = query.subject ?? (query.all ? undefined : own.id)
    if (asked === own.id) return own
    if (access.role !== 'owner') throw new AuthError('access_denied')
    if (asked === undefined) return undefined
    return { kind: (await users.find(asked)) ? 'user' : 'client', id: asked }
  }

  return {
    async listAuthorizations({ query }, context) {
      const subject = await whose(query, context)
      const { kind, dialect } = query
      const list = ['authorizations', subject?.kind, subject?.id, kind, dialect].join(' ')
      const after = query.cursor === undefined ? undefined : cursors.read(list, query.cursor)
      const page = await revocation.list({ subject, kind, dialect, limit: query.limit ?? defaultPage, after })
      const current = context.access.authorization.id
      return {
        status: 200,
        body: {
          authorizations: page.authorizations.map((authorization) => listedAuthorization(authorization, current)),
          next_cursor: page.next === undefined ? null : cursors.write(list, page.next),
        },
      }
    },

    async revokeAuthorization({ params }, { access, session }) {
      if (access.role === 'owner') await revocation.revokeAny(params.id, session)
      else await revocation.revokeOwn({ id: params.id }, session)
      return { status: 204 }
    },

    async introspectAnyToken({ body }) {
      return { status: 200, body: introspectionResponse(await introspect.inspectAny(body.token), domain.issuer) }
    },

    async revokeAnyToken({ body }, { by }) {
      await revocation.revokePresented(body.token, by)
      return { status: 204 }
    },
  }
}
