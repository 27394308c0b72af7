import type { CaseName } from '../bench-case.ts'
import { dialectBuilders } from './dialects.ts'
import type { Build } from './sides.ts'
import { forwardAuth, me, revoke } from './tokens.ts'
import { usualBuilders } from './usual.ts'

/** How each case is made. */
export const builders: Readonly<Record<CaseName, Build>> = {
  ...usualBuilders,
  revoke,
  me,
  'forward-auth': forwardAuth,
  ...dialectBuilders,
}
