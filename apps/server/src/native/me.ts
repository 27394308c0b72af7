import { AuthError, type Store, type UseCases } from '@countersign/core'
import { totpSetup } from '../adapters/totp-setup.ts'
import type { MeHandlers } from '../generated/index.ts'
import type { Context } from '../pipeline/context.ts'
import { shownSecrets } from '../pipeline/proof.ts'
import { totpToSetUp } from './wire/wire.ts'

/** Operations of users on their own account. */
export function meHandlers({
  useCases,
  store,
}: {
  readonly useCases: Pick<UseCases, 'freshProof' | 'passwordChange' | 'totp'>
  readonly store: Pick<Store, 'users' | 'recoveryCodes'>
}): MeHandlers<Context> {
  const { freshProof, totp } = useCases

  return {
    async showMe(_input, { access }) {
      const user = await store.users.find(access.authorization.subject.id)
      if (!user) throw new AuthError('token_invalid')
      return {
        status: 200,
        body: {
          id: user.id,
          username: user.username,
          role: access.role,
          required_factors: [...user.requiredFactors],
          totp: await totp.state(user.id),
          recovery_codes_left: await store.recoveryCodes.countLeft(user.id),
          created_at: user.createdAt,
        },
      }
    },

    async changePassword({ body }, { access, circumstances }) {
      const shown = { ...shownSecrets(body), current: body.current_password, next: body.new_password }
      await useCases.passwordChange.change(access.authorization, shown, circumstances)
      return { status: 204 }
    },

    async setRequiredFactors({ body }, { access, circumstances }) {
      await freshProof.chooseFactors(access.authorization, body.required_factors, shownSecrets(body), circumstances)
      return { status: 204 }
    },

    async startTotpEnrolment({ body }, { access, circumstances }) {
      const { user, secret } = await freshProof.setUpTotp(access.authorization, shownSecrets(body), circumstances)
      return { status: 200, body: totpToSetUp(await totpSetup(user.username, secret)) }
    },

    async confirmTotpEnrolment({ body }, { access, circumstances }) {
      await freshProof.confirmTotp(access.authorization, body.code, circumstances)
      return { status: 204 }
    },

    async createRecoveryCodes({ body }, { access, circumstances }) {
      const codes = await freshProof.renewRecoveryCodes(access.authorization, shownSecrets(body), circumstances)
      return { status: 201, body: { recovery_codes: codes.map((code) => code.reveal()) } }
    },
  }
}
