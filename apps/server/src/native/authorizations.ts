import {
  type Access,
  type AuditEntry,
  AuthError,
  type Domain,
  type Subject,
  sameSubject,
  type UseCases,
} from '@countersign/core'
import { listedEvent } from '../audit/audit-entry.ts'
import type { AuthorizationsHandlers, Input } from '../generated/index.ts'
import { introspectionResponse } from '../oauth/wire.ts'
import type { Context } from '../pipeline/context.ts'
import { readPlace, writtenPlace } from './wire/audit-wire.ts'
import { listedAuthorization, namedIn } from './wire/authorizations-wire.ts'
import { Cursors } from './wire/cursor.ts'

const defaultPage = 50

/** Whose Authorizations the caller reaches. `undefined`: everybody's. */
const ownUnlessOwner = ({ role, authorization }: Access): Subject | undefined =>
  role === 'owner' ? undefined : authorization.subject

/** From where somebody else has acted is no concern of a user. */
const asSeenBy = (subject: Subject | undefined, entry: AuditEntry): AuditEntry =>
  subject === undefined || (entry.actor && sameSubject(entry.actor, subject))
    ? entry
    : { ...entry, address: undefined, requestId: undefined }

/**
 * Lists and revokes sessions, client grants and personal tokens of every dialect: the caller's own, and for the owner
 * all.
 */
export function authorizationHandlers({
  useCases: { audit, introspect, names, revocation, users },
  domain,
}: {
  readonly useCases: Pick<UseCases, 'audit' | 'introspect' | 'names' | 'revocation' | 'users'>
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
      const currentId = context.access.authorization.id
      const surroundings = { currentId, names: await names.of(page.authorizations.flatMap(namedIn)) }
      return {
        status: 200,
        body: {
          authorizations: page.authorizations.map((authorization) =>
            listedAuthorization({ authorization, isActive: true }, surroundings),
          ),
          next_cursor: page.next === undefined ? null : cursors.write(list, page.next),
        },
      }
    },

    async showAuthorization({ params }, { access }) {
      const shown = await revocation.show({ id: params.id, of: ownUnlessOwner(access) })
      const currentId = access.authorization.id
      const surroundings = { currentId, names: await names.of(namedIn(shown.authorization)) }
      return { status: 200, body: listedAuthorization(shown, surroundings) }
    },

    async listAuthorizationEvents({ params: { id }, query }, { access }) {
      const of = ownUnlessOwner(access)
      await revocation.show({ id, of })
      const list = `events of ${id}`
      const before = query.cursor === undefined ? undefined : readPlace(cursors.read(list, query.cursor))
      const filter = { authorizationId: id }
      const { entries, next } = await audit.list({ filter, before, limit: query.limit ?? defaultPage })
      return {
        status: 200,
        body: {
          events: entries.map((entry) => listedEvent(asSeenBy(of, entry))),
          next_cursor: next === undefined ? null : cursors.write(list, writtenPlace(next)),
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
