import type { Domain, UseCases } from '@countersign/core'
import { totpSetup } from '../adapters/totp-setup.ts'
import type { MeHandlers } from '../generated/index.ts'
import type { Context } from '../pipeline/context.ts'
import { shownSecrets } from '../pipeline/proof.ts'
import { usableApi } from './wire/apis-wire.ts'
import { Cursors } from './wire/cursor.ts'
import { totpToSetUp } from './wire/wire.ts'

const defaultPage = 50
const myApis = 'my apis'

/** What a user sees and changes of their own account. */
export function meHandlers({
  useCases: { apis, me },
  domain,
}: {
  readonly useCases: Pick<UseCases, 'apis' | 'me'>
  readonly domain: Pick<Domain, 'keys' | 'clock' | 'policy'>
}): MeHandlers<Context> {
  const cursors = new Cursors(domain)
  const { policy } = domain
  return {
    async showMe(_input, { access, session }) {
      const { user, totp, recoveryCodesLeft } = await me.show(session)
      return {
        status: 200,
        body: {
          id: user.id,
          username: user.username,
          role: access.role,
          required_factors: [...user.requiredFactors],
          totp,
          recovery_codes_left: recoveryCodesLeft,
          created_at: user.createdAt,
          policy: {
            required_factors: [...policy.requiredFactors[user.role]],
            personal_token_seconds: policy.personalTokenMaxSeconds,
            personal_tokens: policy.maxPersonalTokens,
          },
        },
      }
    },

    async listMyApis({ query }, { access }) {
      const after = query.cursor === undefined ? undefined : cursors.read(myApis, query.cursor)
      const page = await apis.list({ limit: query.limit ?? defaultPage, after })
      return {
        status: 200,
        body: {
          // Of the others only registered clients may have tokens.
          apis: page.apis.filter(({ firstParty }) => firstParty).map((api) => usableApi(api, access.role)),
          next_cursor: page.next === undefined ? null : cursors.write(myApis, page.next),
        },
      }
    },

    async changePassword({ body }, { session }) {
      const { code, recoveryCode } = shownSecrets(body)
      await me.changePassword({ code, recoveryCode, current: body.current_password, next: body.new_password }, session)
      return { status: 204 }
    },

    async setRequiredFactors({ body }, { session }) {
      await me.chooseFactors({ required: body.required_factors, shown: shownSecrets(body) }, session)
      return { status: 204 }
    },

    async startTotpEnrolment({ body }, { session }) {
      const { user, secret } = await me.setUpTotp(shownSecrets(body), session)
      return { status: 200, body: totpToSetUp(await totpSetup(user.username, secret)) }
    },

    async confirmTotpEnrolment({ body }, { session }) {
      await me.confirmTotp(body.code, session)
      return { status: 204 }
    },

    async createRecoveryCodes({ body }, { session }) {
      const codes = await me.renewRecoveryCodes(shownSecrets(body), session)
      return { status: 201, body: { recovery_codes: codes.map((code) => code.reveal()) } }
    },
  }
}
