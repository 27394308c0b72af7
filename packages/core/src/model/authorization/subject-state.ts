import type { Client } from '../principals/client.ts'
import type { User } from '../principals/user.ts'
import type { ActiveRecord } from './activity.ts'
import type { Authorization } from './authorization.ts'

/** The record of an Authorization that a user is given now. */
export const recordOfUser = (authorization: Authorization, user: User): ActiveRecord => ({
  authorization,
  subject: {
    name: user.username,
    role: user.role,
    enabled: true,
    sessionsEpoch: user.sessionsEpoch,
    personalEpoch: user.personalEpoch,
  },
  client: undefined,
  tokenRevoked: false,
})

/** The record of an Authorization that a client is given now. */
export const recordOfClient = (authorization: Authorization, client: Client): ActiveRecord => {
  const { name, role, epoch, reuseLeewaySeconds } = client
  return {
    authorization,
    subject: { name, role, enabled: true, sessionsEpoch: epoch, personalEpoch: epoch },
    client: { enabled: true, epoch, reuseLeewaySeconds },
    tokenRevoked: false,
  }
}
