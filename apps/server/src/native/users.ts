import { AuthError, createUserWithSecret, type Domain, type Store, type UseCases, unlockUser } from '@countersign/core'
import { totpSetup } from '../adapters/totp-setup.ts'
import type { UsersHandlers } from '../generated/index.ts'
import { RequestError } from '../http/errors.ts'
import { administratorOf, type Context } from '../pipeline/context.ts'
import { shownSecrets } from '../pipeline/proof.ts'
import { Cursors } from './wire/cursor.ts'
import { listedUser, totpToSetUp } from './wire/wire.ts'

const defaultPage = 50
const list = 'users'

/** Users, as managers list them and the owner changes them. */
export function userHandlers({
  useCases,
  domain,
  store,
}: {
  readonly useCases: Pick<UseCases, 'people' | 'totp' | 'freshProof'>
  readonly domain: Domain
  readonly store: Pick<Store, 'users'>
}): UsersHandlers<Context> {
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

    async createUser({ body }, context) {
      const { username, role, password } = body
      const requiredFactors = body.required_factors ?? [password === undefined ? 'totp' : 'password']
      const given = { username, role, password, requiredFactors, mustChange: body.must_change ?? false }
      const { user, secret } = await createUserWithSecret({ ...domain, totp }, given, administratorOf(context))
      if (!secret) return { status: 201, body: listedUser(user) }
      return { status: 201, body: { ...listedUser(user), totp: totpToSetUp(await totpSetup(user.username, secret)) } }
    },

    async showUser({ params }) {
      return { status: 200, body: listedUser(await people.get(params.id)) }
    },

    async changeUser({ params, body }, context) {
      const { disabled, required_factors: requiredFactors } = body
      const user = await people.get(params.id)
      if (body.role === 'owner' && user.role !== 'owner') throw new AuthError('owner_exists')
      const role = body.role === 'owner' ? undefined : body.role
      await people.change(user.id, { role, disabled, requiredFactors }, administratorOf(context)).catch(nameFactor)
      return { status: 200, body: listedUser(await people.get(user.id)) }
    },

    async deleteUser({ params }, context) {
      await people.remove(params.id, administratorOf(context))
      return { status: 204 }
    },

    async transferOwnership({ params, body }, { access: { authorization }, circumstances }) {
      if (params.id === authorization.subject.id) {
        throw new RequestError('request_invalid', 'This user is the owner already.')
      }
      // Check this first: an impossible request must not consume a code.
      await people.get(params.id)
      const proof = await useCases.freshProof.require(authorization, shownSecrets(body), circumstances)
      await people.transferOwnership(params.id, proof, circumstances)
      return { status: 204 }
    },

    async setUserPassword({ params, body }, context) {
      const anew = { password: body.password, mustChange: body.must_change }
      await people.reset(params.id, anew, administratorOf(context))
      return { status: 204 }
    },

    async resetUserTotp({ params }, context) {
      const { user, secret } = await people.reset(params.id, { totp: true }, administratorOf(context))
      if (!secret) throw new Error('a reset of the secret returns a new one')
      return { status: 200, body: totpToSetUp(await totpSetup(user.username, secret)) }
    },

    async resetUserThrottle({ params }, context) {
      const { username } = await people.get(params.id)
      await unlockUser(domain, username, administratorOf(context))
      return { status: 204 }
    },

    async revokeUserAuthorizations({ params, query }, context) {
      await people.revokeAll(params.id, { personal: query.personal ?? false }, administratorOf(context))
      return { status: 204 }
    },
  }
}

/** Adds the position of the factor in the body to the error. */
function nameFactor(error: unknown): never {
  if (error instanceof AuthError && error.code === 'factor_missing') {
    throw invalid('/body/required_factors', 'names a factor that the user does not have, or has not confirmed')
  }
  throw error
}

const invalid = (pointer: string, detail: string): RequestError =>
  new RequestError('request_invalid', 'The request does not match the contract.', { errors: [{ pointer, detail }] })
