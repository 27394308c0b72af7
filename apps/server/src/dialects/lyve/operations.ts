import type { Input, LyveHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import type { DialectAuthority } from '../kit/dialect.ts'
import { issuedToken, presentedKey, type SecondsForm, tokenState } from './wire.ts'

export function operations({ useCases, domain, config }: DialectAuthority): LyveHandlers<Context> {
  const form: SecondsForm = config.dialectOptions.LYVE_EXPIRATION_SEC_AS === 'string' ? 'string' : 'number'
  const lifetimeSeconds = Number(config.dialectOptions.LYVE_LIFETIME_SECONDS)

  async function issue({ body }: Pick<Input<'lyveIssueToken'>, 'body'>, { circumstances }: Context) {
    const { client } = await useCases.clientAuthentication.authenticateKey(presentedKey(body), circumstances)
    const set = await useCases.fixedTokens.issue({ client, dialect: 'lyve', lifetimeSeconds }, circumstances)
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
