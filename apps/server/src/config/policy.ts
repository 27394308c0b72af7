import { defaultPolicy, type Factor, type Policy } from '@countersign/core'
import type { Config } from './config.ts'

const factors: Readonly<Record<Config['requiredFactorsOwner'], readonly Factor[]>> = {
  none: [],
  password: ['password'],
  totp: ['totp'],
  'password+totp': ['password', 'totp'],
}

/** The domain's policy, from the configuration. */
export const policyOf = (config: Config): Policy => ({
  ...defaultPolicy,
  retryWindowSeconds: config.retryWindowSeconds,
  personalTokenMaxSeconds: config.personalTokenMaxSeconds,
  requiredFactors: {
    viewer: factors[config.requiredFactorsViewer],
    manager: factors[config.requiredFactorsManager],
    owner: factors[config.requiredFactorsOwner],
  },
  sessionIdleSeconds: config.sessionIdleSeconds,
  cookieIdleSeconds: config.cookieIdleSeconds,
  maxSessions: config.maxSessions,
  maxVendorSessions: config.maxVendorSessions,
  maxPersonalTokens: config.maxPersonalTokens,
})
