import type { Authority } from '../authority.ts'
import type { AuthorizationsHandlers } from '../generated/index.ts'
import type { Context } from '../pipeline/context.ts'
import { Cursors } from './cursor.ts'
import { listedAuthorization } from './wire.ts'

const defaultPage = 50

/** The caller's own Authorizations: every session, machine grant and personal token, in one list. */
export function authorizationHandlers({
  useCases,
  domain,
}: Pick<Authority, 'useCases' | 'domain'>): AuthorizationsHandlers<Context> {
  const cursors = new Cursors(domain)
  return {
    async listAuthorizations({ query }, { access }) {
      const { subject, id } = access.authorization
      const list = `authorizations of ${subject.kind} ${subject.id}`
      const after = query.cursor === undefined ? undefined : cursors.read(list, query.cursor)
      const page = await useCases.revocation.listOwn(subject, { limit: query.limit ?? defaultPage, after })
      return {
        status: 200,
        body: {
          authorizations: page.authorizations.map((authorization) => listedAuthorization(authorization, id)),
          next_cursor: page.next === undefined ? null : cursors.write(list, page.next),
        },
      }
    },

    async revokeAuthorization({ params }, { access, circumstances }) {
      await useCases.revocation.revokeOwn(params.id, access.authorization.subject, circumstances)
      return { status: 204 }
    },
  }
}
