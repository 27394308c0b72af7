import { AuthError, canonicalUsername, isRole, pagesOf, type User } from '@countersign/core'
import { totpSetup } from '../../adapters/totp-setup.ts'
import type { CikitHandlers, Input } from '../../generated/index.ts'
import { RequestError } from '../../http/errors.ts'
import { type Context, dropletCallerOf } from '../../pipeline/context.ts'
import type { DialectServices } from '../kit/dialect.ts'
import { challenge } from './errors.ts'
import { type CikitOptions, cikitSessionPolicy as policy } from './policy.ts'
import { code, listedDroplet, listedUser, onlyOwnerRevokesOthers, tokens, unsupportedGrant } from './wire.ts'

const pageSize = 500

export function operations(
  { useCases, droplets, domain }: DialectServices,
  { unknownUser, reuseGraceSeconds }: CikitOptions,
): CikitHandlers<Context> {
  const { users } = useCases
  const grace = { seconds: reuseGraceSeconds, answer: 'refuse' } as const
  const tellsUnknown = unknownUser === '903'

  async function load(username: string): Promise<User> {
    const user = await users.findByName(username)
    if (!user) throw new AuthError('not_found')
    return user
  }

  async function logIn(username: string, shown: string, { by }: Context) {
    try {
      return await useCases.login.authenticate({ username, code: shown }, by)
    } catch (error) {
      const refused = error instanceof AuthError && error.code === 'credentials_invalid'
      if (refused && tellsUnknown && !(await users.findByName(username))) throw new AuthError('not_found')
      throw error
    }
  }

  /** The own account needs the proof that the contract requires; the owner may show the setup of other users. */
  async function showSetup({ params }: Pick<Input<'cikitShowSetup'>, 'params'>, context: Context) {
    const user = await load(params.user)
    const isOwn = user.id === context.access.authorization.subject.id
    const secret = await (isOwn
      ? useCases.totp.setUpOwn(context.proof, context.by)
      : useCases.totp.setUp(user.id, context.by))
    const { qr, secret: shown } = await totpSetup(user.username, secret)
    return { status: 200, body: { qr, secret: shown } } as const
  }

  async function listUsers() {
    const body: ReturnType<typeof listedUser>[] = []
    const list = (after: string | undefined) => users.list({ limit: pageSize, after })
    for await (const page of pagesOf(list)) body.push(...page.users.map(listedUser))
    return { status: 200, body } as const
  }

  async function listDroplets() {
    const now = domain.clock.now()
    const newestFirst = [...(await droplets.list())].reverse()
    return { status: 200, body: newestFirst.map((droplet) => listedDroplet(droplet, now)) } as const
  }

  return {
    async cikitLogin({ body }, context) {
      const shown = code(body.code)
      if (shown === undefined) throw lacking('/body/code')
      const who = await logIn(body.username, shown, context)
      return { status: 200, body: tokens(await useCases.sessions.open({ who, policy }, context.by)) }
    },

    async cikitRefresh({ body, headers }, { by }) {
      const { grant_type: grantType, refresh_token: refreshToken } = body ?? {}
      if (grantType !== 'refresh_token') return { status: 501, body: unsupportedGrant(grantType) }
      // Checked here and not by the schema, because the grant type is checked first.
      if (typeof refreshToken !== 'string' || refreshToken === '') throw lacking('/body/refresh_token')
      const request = { refreshToken, retryKey: headers['idempotency-key'], by: policy, grace }
      return { status: 200, body: tokens(await useCases.refresh.exchange(request, by)) }
    },

    async cikitRevokeAccess({ params }, context) {
      const { access } = context
      // The vendor's order: look up the user before checking whether the caller may revoke for others.
      const { id } = await load(params.user)
      const isSelf = canonicalUsername(params.user) === canonicalUsername(access.subject.name)
      if (!isSelf && access.role !== 'owner') {
        const headers = { 'WWW-Authenticate': challenge }
        return { status: 401, contentType: 'application/json', body: onlyOwnerRevokesOthers, headers }
      }
      await useCases.revocation.revokeAllOf({ userId: id, personal: false }, context.by)
      return { status: 200, body: { status: 'ok' } }
    },

    cikitShowSetup: showSetup,
    cikitShowSetupByPost: showSetup,

    cikitListUsers: listUsers,
    cikitListUsersByPost: listUsers,

    async cikitAddUser({ body }, context) {
      const { username, group } = body
      // The vendor's order of checks: name, group, owner.
      if (await users.findByName(username)) throw new AuthError('username_taken')
      if (!isRole(group)) throw new AuthError('role_unknown')
      if (group === 'owner') throw new AuthError('owner_exists')
      const factors = { password: undefined, requiredFactors: ['totp'], secretLater: true } as const
      await users.create({ username, role: group, ...factors }, context.by)
      return listUsers()
    },

    async cikitDeleteUser({ params }, context) {
      const { id } = await load(params.user)
      await users.remove(id, context.by)
      return listUsers()
    },

    cikitListDroplets: listDroplets,
    cikitListDropletsByPost: listDroplets,

    async cikitAddDroplet({ body }, context) {
      await droplets.add({ name: body?.name || undefined }, dropletCallerOf(context))
      return listDroplets()
    },

    async cikitStopDroplet({ params }, context) {
      await droplets.stop(params.droplet, dropletCallerOf(context))
      return listDroplets()
    },

    async cikitStartDroplet({ params }, context) {
      await droplets.start(params.droplet, dropletCallerOf(context))
      return listDroplets()
    },

    async cikitRestartDroplet({ params }, context) {
      await droplets.restart(params.droplet, dropletCallerOf(context))
      return listDroplets()
    },

    async cikitDeleteDroplet({ params }, context) {
      await droplets.remove(params.droplet, dropletCallerOf(context))
      return listDroplets()
    },
  }
}

const lacking = (pointer: string): RequestError =>
  new RequestError('request_invalid', 'The body lacks a required member.', {
    errors: [{ pointer, detail: 'is required' }],
  })
