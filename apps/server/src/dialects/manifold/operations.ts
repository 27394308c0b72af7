import type { TokenSet } from '@countersign/core'
import { DropletError } from '@countersign/resources'
import type { Input, ManifoldHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import type { DialectServices } from '../kit/dialect.ts'
import { type ManifoldOptions, manifoldSessionPolicy } from './policy.ts'
import { ids, instance, isIn, loggedIn, productInfo } from './wire.ts'

export function operations(
  { useCases, droplets }: DialectServices,
  { refreshTokens, reuseGraceSeconds }: ManifoldOptions,
): ManifoldHandlers<Context> {
  const policy = { ...manifoldSessionPolicy, refreshable: refreshTokens === 'on' }
  const grace = { seconds: reuseGraceSeconds, answer: 'refuse' } as const

  async function logIn(
    { headers }: Pick<Input<'manifoldLogin'>, 'headers'>,
    { grant, by }: Context,
  ): Promise<TokenSet> {
    if (grant.kind === 'password') {
      const who = await useCases.login.authenticate(grant, by)
      return useCases.sessions.open({ who, policy }, by)
    }
    const retryKey = headers['idempotency-key']
    return useCases.refresh.exchange({ refreshToken: grant.token, retryKey, by: policy, grace }, by)
  }

  return {
    async manifoldLogin(input, context) {
      return { status: 200, body: loggedIn(await logIn(input, context)) }
    },
    async manifoldLoginByPost(input, context) {
      return { status: 200, body: loggedIn(await logIn(input, context)) }
    },
    manifoldShowInfo() {
      return { status: 200, body: productInfo }
    },
    async manifoldListInstances({ query }) {
      const wanted = ids(query.instance)
      const instances = (await droplets.list())
        .map(instance)
        .filter(({ id, state }) => isIn(state, query.state) && (wanted?.has(id) ?? true))
      return { status: 200, body: { instances } }
    },
    async manifoldShowInstance({ params }) {
      const droplet = await droplets.find(params.id)
      if (!droplet) throw new DropletError('droplet_unknown', `No instance has the id ${params.id}.`)
      return { status: 200, body: { instance: instance(droplet) } }
    },
  }
}
