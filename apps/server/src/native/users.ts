import { AuthError, type Domain, type UseCases } from '@countersign/core'
import { totpSetup } from '../adapters/totp-setup.ts'
import type { UsersHandlers } from '../generated/index.ts'
import { RequestError } from '../http/errors.ts'
import type { Context } from '../pipeline/context.ts'
import { shownSecrets } from '../pipeline/proof.ts'
import { Cursors } from './wire/cursor.ts'
import { listedUser, totpToSetUp } from './wire/wire.ts'

const defaultPage = 50

/** Users, as managers list them and the owner changes them. */
export function userHandlers({
  useCases,
  domain,
}: {
  readonly useCases: Pick<UseCases, 'revocation' | 'stepUp' | 'users'>
  readonly domain: Pick<Domain, 'keys' | 'clock'>
}): UsersHandlers<Context> {
  const cursors = new Cursors(domain)
  const { revocation, stepUp, users } = useCases

  return {
    async listUsers({ query }) {
      const { username: beginning } = query
      const list = beginning === undefined ? 'users' : `users ${beginning}`
      const after = query.cursor === undefined ? undefined : cursors.read(list, query.cursor)
      const asked = { limit: query.limit ?? defaultPage, after }
      const page = await (beginning === undefined ? users.list(asked) : users.search({ beginning, ...asked }))
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
      const { user, secret } = await users.create(given, context.by)
      if (!secret) return { status: 201, body: listedUser(user) }
      return { status: 201, body: { ...listedUser(user), totp: totpToSetUp(await totpSetup(user.username, secret)) } }
    },

    async showUser({ params }) {
      return { status: 200, body: listedUser(await users.get(params.id)) }
    },

    async changeUser({ params, body }, context) {
      const { disabled, required_factors: requiredFactors } = body
      const user = await users.get(params.id)
      if (body.role === 'owner' && user.role !== 'owner') throw new AuthError('owner_exists')
      const role = body.role === 'owner' ? undefined : body.role
      await users.change({ id: user.id, role, disabled, requiredFactors }, context.by).catch(nameFactor)
      return { status: 200, body: listedUser(await users.get(user.id)) }
    },

    async deleteUser({ params }, context) {
      await users.remove(params.id, context.by)
      return { status: 204 }
    },

    async transferOwnership({ params, body }, { session }) {
      if (params.id === session.subject.id) {
        throw new RequestError('request_invalid', 'This user is the owner already.')
      }
      // Check this first: an impossible request must not consume a code.
      await users.get(params.id)
      const proof = await stepUp.require(shownSecrets(body), session)
      await users.transferOwnership({ to: params.id, proof }, session)
      return { status: 204 }
    },

    async setUserPassword({ params, body }, context) {
      const anew = { id: params.id, password: body.password, mustChange: body.must_change }
      await users.reset(anew, context.by)
      return { status: 204 }
    },

    async resetUserTotp({ params }, context) {
      const { user, secret } = await users.reset({ id: params.id, totp: true }, context.by)
      if (!secret) throw new Error('a reset of the secret returns a new one')
      return { status: 200, body: totpToSetUp(await totpSetup(user.username, secret)) }
    },

    async resetUserThrottle({ params }, context) {
      await users.unlock({ user: await users.get(params.id) }, context.by)
      return { status: 204 }
    },

    async revokeUserAuthorizations({ params, query }, context) {
      await revocation.revokeAllOf({ userId: params.id, personal: query.personal ?? false }, context.by)
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
