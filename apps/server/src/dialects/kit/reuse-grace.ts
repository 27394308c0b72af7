// The grace of the dialects with refresh tokens: their clients send no retry key, and several of them refresh in parallel.
import type { Grace } from '@countersign/core'
import type { Config } from '../../config/config.ts'
import type { DialectOption } from './dialect.ts'

const suffix = '_REUSE_GRACE_SECONDS'

/** The option that sets it. @param vendor The dialect's name in upper case. */
export const reuseGraceOption = (vendor: string): DialectOption => ({
  name: `${vendor}${suffix}`,
  seconds: { least: 0, most: 600 },
  default: 60,
  reason:
    'How long after a refresh the used token, coming again from the same client address, is not taken for stolen. The vendor’s clients refresh in parallel. 0: it always is.',
})

/** @param answer What becomes of the token that comes again. */
export const reuseGrace = ({ dialectOptions }: Config, vendor: string, answer: Grace['answer']): Grace => ({
  seconds: Number(dialectOptions[`${vendor}${suffix}`]),
  answer,
})
