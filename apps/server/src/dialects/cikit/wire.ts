// CIKit's JSON names, words and units. The only file that knows them.
import type { TokenSet, User } from '@countersign/core'
import type { Droplet } from '@countersign/resources'

/** Members in the vendor's order. */
export const tokens = (set: TokenSet) => {
  if (!set.refreshToken) throw new Error('a session of this dialect has a refresh token')
  return {
    token_type: 'Bearer' as const,
    expires_in: set.expiresInSeconds,
    access_token: set.accessToken.reveal(),
    refresh_token: set.refreshToken.reveal(),
  }
}

const codeDigits = 6

/**
 * A code as it was sent. Some clients send it as a number, which has lost its leading zeros.
 *
 * @returns `undefined` if it is missing; an empty string, which no code matches, for any other invalid value.
 */
export function code(sent: unknown): string | undefined {
  if (sent === undefined || sent === null || sent === '') return undefined
  if (typeof sent === 'string') return sent
  const isCode = typeof sent === 'number' && Number.isInteger(sent) && sent >= 0 && sent < 10 ** codeDigits
  return isCode ? String(sent).padStart(codeDigits, '0') : ''
}

const longestShownGrant = 64

/**
 * The vendor's answer to an unsupported grant type. A missing one is printed as `undefined`, as the vendor's server
 * does.
 */
export const unsupportedGrant = (sent: unknown) => {
  const name = typeof sent === 'string' ? sent.slice(0, longestShownGrant) : typeof sent
  return { error: `Unsupported grant type: ${name}`, errorId: 0 }
}

export const onlyOwnerRevokesOthers = { error: 'Only system owner can revoke access for others', errorId: 904 }

export const listedUser = (user: User) => ({
  _id: user.id,
  username: user.username,
  created: new Date(user.createdAt * 1000).toISOString(),
  group: user.role,
})

/** The container's state in Docker's words. @param now Epoch seconds. */
export const listedDroplet = (droplet: Droplet, now: number) => ({
  id: droplet.id,
  name: droplet.name,
  created: `${duration(now - droplet.createdAt)} ago`,
  status:
    droplet.state === 'active'
      ? `Up ${duration(now - droplet.changedAt)}`
      : `Exited (0) ${duration(now - droplet.changedAt)} ago`,
  ports: droplet.ports,
})

const minute = 60
const hour = 60 * minute
const day = 24 * hour
const week = 7 * day
const month = 30 * day
const year = 365 * day

/**
 * A duration as Docker prints it: one unit, rounded down, but hours rounded. Never zero, because clients look for a
 * digit.
 */
function duration(seconds: number): string {
  if (seconds < 2) return '1 second'
  if (seconds < minute) return `${seconds} seconds`
  if (seconds < 2 * minute) return 'About a minute'
  if (seconds < hour) return `${Math.floor(seconds / minute)} minutes`
  const hours = Math.floor(seconds / hour + 0.5)
  if (hours === 1) return 'About an hour'
  if (hours < 48) return `${hours} hours`
  if (seconds < 2 * week) return `${Math.floor(seconds / day)} days`
  if (seconds < 2 * month) return `${Math.floor(seconds / week)} weeks`
  if (seconds < 2 * year) return `${Math.floor(seconds / month)} months`
  return `${Math.floor(seconds / year)} years`
}
