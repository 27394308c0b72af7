import type { UseCases } from '@countersign/core'
import { totpSetup } from '../adapters/totp-setup.ts'
import type { MeHandlers } from '../generated/index.ts'
import type { Context } from '../pipeline/context.ts'
import { shownSecrets } from '../pipeline/proof.ts'
import { totpToSetUp } from './wire/wire.ts'

/** What a user sees and changes of their own account. */
export function meHandlers({ useCases: { me } }: { readonly useCases: Pick<UseCases, 'me'> }): MeHandlers<Context> {
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
