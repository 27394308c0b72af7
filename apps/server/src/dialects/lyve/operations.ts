import type { Input, LyveHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import type { DialectServices } from '../kit/dialect.ts'
import type { LyveOptions } from './policy.ts'
import { issuedToken, presentedKey, tokenState } from './wire.ts'

export function operations(
  { useCases, domain }: DialectServices,
  { expirationSecAs: form, lifetimeSeconds }: LyveOptions,
): LyveHandlers<Context> {
  async function issue({ body }: Pick<Input<'lyveIssueToken'>, 'body'>, { by }: Context) {
    const { client } = await useCases.clientAuthentication.authenticateKey(presentedKey(body), by)
    const set = await useCases.fixedTokens.issue({ client, dialect: 'lyve', lifetimeSeconds }, by)
    return { status: 200, body: issuedToken(set, form) } as const
  }

  const show = ({ access }: Context) =>
    ({ status: 200, body: tokenState(access, domain.clock.latest(), form) }) as const

  return {
    lyveIssueToken: issue,
    lyveIssueTokenAtSlash: issue,
    lyveShowToken: (_input, context) => show(context),
    lyveShowTokenAtSlash: (_input, context) => show(context),
  }
}
