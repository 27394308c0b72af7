import { AuthError, createUser, type Factor, resetTotp, type Subject, type User, unlockUser } from '@countersign/core'
import type { Authority } from '../authority.ts'
import type { Input, UsersHandlers } from '../generated/index.ts'
import { RequestError } from '../http/errors.ts'
import type { Context } from '../pipeline/context.ts'
import { totpSetup } from '../totp-setup.ts'
import { Cursors } from './cursor.ts'
import { listedUser, totpToSetUp } from './wire.ts'

const defaultPage = 50
const list = 'users'

/** People, as managers see them and as the owner changes them. */
export function userHandlers({
  useCases,
  domain,
  store,
}: Pick<Authority, 'useCases' | 'domain' | 'store'>): UsersHandlers<Context> {
  const cursors = new Cursors(domain)
  const { people, totp } = useCases

  return {
    async listUsers({ query }) {
      const after = query.cursor === undefined ? undefined : cursors.read(list, query.cursor)
      const page = await store.users.list({ limit: query.limit ?? defaultPage, after })
      return {
        status: 200,
        body: {
          users: page.users.map(listedUser),
          next_cursor: page.next === undefined ? null : cursors.write(list, page.next),
        },
      }
    },

    async createUser({ body }, { access, circumstances }) {
      const { username, role, password } = body
      const actor = access.authorization.subject
      const requiredFactors = factorsOf(body)
      const user = await createUser(domain, { username, role, password, requiredFactors }, actor, circumstances)
      if (!requiredFactors.includes('totp')) return { status: 201, body: listedUser(user) }
      const secret = await totp.setUp(user.id, actor, circumstances)
      return { status: 201, body: { ...listedUser(user), totp: totpToSetUp(await totpSetup(user.username, secret)) } }
    },

    async showUser({ params }) {
      return { status: 200, body: listedUser(await people.get(params.id)) }
    },

    async changeUser({ params, body }, context) {
      const by = administrator(context)
      const user = await people.get(params.id)
      // First what the owner may refuse: a change that is refused changes nothing.
      if (body.role === 'owner' && user.role !== 'owner') throw new AuthError('owner_exists')
      if (body.required_factors) await requireOwned(body.required_factors, user)
      if (body.role !== undefined && body.role !== 'owner') await people.changeRole(user.id, body.role, by)
      if (body.disabled === true) await people.disable(user.id, by)
      if (body.disabled === false) await people.enable(user.id, by)
      if (body.required_factors) await people.changeRequiredFactors(user.id, body.required_factors, by)
      return { status: 200, body: listedUser(await people.get(user.id)) }
    },

    async deleteUser({ params }, context) {
      await people.remove(params.id, administrator(context))
      return { status: 204 }
    },

    async transferOwnership({ params }, { access, circumstances }) {
      const owner = access.authorization.subject
      if (params.id === owner.id) throw new RequestError('request_invalid', 'The owner is the owner already.')
      await people.transferOwnership(params.id, owner, circumstances)
      return { status: 204 }
    },

    async setUserPassword({ params, body }, context) {
      await people.resetPassword(params.id, body.password, administrator(context))
      return { status: 204 }
    },

    async resetUserTotp({ params }, context) {
      const user = await people.get(params.id)
      const secret = await resetTotp(useCases, user.id, administrator(context))
      return { status: 200, body: totpToSetUp(await totpSetup(user.username, secret)) }
    },

    async resetUserThrottle({ params }, { access, circumstances }) {
      const { username } = await people.get(params.id)
      await unlockUser(domain, username, access.authorization.subject, circumstances)
      return { status: 204 }
    },

    async revokeUserAuthorizations({ params, query }, context) {
      await people.revokeAll(params.id, { personal: query.personal ?? false }, administrator(context))
      return { status: 204 }
    },
  }

  /** Nobody can be asked for what they do not have: they could never log in again. */
  async function requireOwned(factors: readonly Factor[], user: User): Promise<void> {
    const missing = factors.includes('password') && user.passwordHash === undefined
    if (missing || (factors.includes('totp') && (await totp.state(user.id)) === 'none')) {
      throw invalid('/body/required_factors', 'names a factor that the person does not have')
    }
  }
}

const administrator = ({
  access,
  circumstances,
}: Context): { actor: Subject; circumstances: Context['circumstances'] } => ({
  actor: access.authorization.subject,
  circumstances,
})

function factorsOf({ password, required_factors: given }: Input<'createUser'>['body']): readonly Factor[] {
  if (given === undefined) return [password === undefined ? 'totp' : 'password']
  if (given.includes('password') !== (password !== undefined)) {
    throw invalid('/body/password', 'is there exactly where it is a required factor')
  }
  return given
}

const invalid = (pointer: string, detail: string): RequestError =>
  new RequestError('request_invalid', 'The request does not match the contract.', { errors: [{ pointer, detail }] })
