import { type Authorization, looksLikeSecret } from '@countersign/core'
import type { Input, InsightHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import type { DialectServices } from '../kit/dialect.ts'
import { insightLoginRequest, insightTokenRequest } from './policy.ts'
import { createdToken, listedToken, loggedIn, recentFile } from './wire.ts'

/** The wire has no pages; the list ends here. */
const longestList = 1000
export function operations({ useCases, recentFiles }: DialectServices): InsightHandlers<Context> {
  const { login, personalTokens, revocation } = useCases

  async function create(_input: unknown, { access, proof, by }: Context) {
    const made = await personalTokens.create({ ...insightTokenRequest, access, proof }, by)
    return { status: 200, body: createdToken(made) } as const
  }

  async function list(_input: unknown, { access }: Context) {
    const { subject } = access.authorization
    const { authorizations } = await revocation.listOwn(subject, { kind: 'personal', limit: longestList })
    const entry = (authorization: Authorization) => listedToken(authorization, access.subject.name)
    return { status: 200, body: authorizations.map(entry) } as const
  }

  /** Revokes personal tokens only; other credentials in the header do not belong to this dialect. */
  async function revoke({ headers }: Pick<Input<'insightRevokeToken'>, 'headers'>, { by }: Context) {
    const target = headers['x-auth-token'] ?? ''
    if (looksLikeSecret(target, 'pat')) await revocation.revokePresented(target, by)
    return { status: 200 } as const
  }

  return {
    insightCreateToken: create,
    insightCreateTokenByGet: create,
    insightListTokens: list,
    insightListTokensOfCaller: list,
    insightRevokeToken: revoke,
    insightDeleteToken: revoke,

    async insightLogin({ body }, { by }) {
      const { user } = await login.authenticate(body, by)
      return { status: 200, body: loggedIn(await personalTokens.createFor({ ...insightLoginRequest, user }, by)) }
    },

    async insightListRecentFiles(_input, { access }) {
      const files = await recentFiles.list(access.authorization.subject.id)
      return { status: 200, body: files.map(recentFile) }
    },
  }
}
