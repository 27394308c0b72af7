import { AuthError } from '@countersign/core'
import type { Authority } from '../authority.ts'
import type { MeHandlers } from '../generated/index.ts'
import type { Context } from '../pipeline/context.ts'

/** What a person sees and changes of themselves. */
export function meHandlers({ useCases, store }: Pick<Authority, 'useCases' | 'store'>): MeHandlers<Context> {
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
          created_at: user.createdAt,
        },
      }
    },

    async changePassword({ body }, { access, circumstances }) {
      const passwords = { current: body.current_password, next: body.new_password }
      await useCases.passwordChange.change(access.authorization, passwords, circumstances)
      return { status: 204 }
    },
  }
}
