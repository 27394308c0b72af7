// EFA's JSON names, units and words. The only file that knows them.
import {
  type Authorization,
  type Client,
  endsSoon,
  signingKeyTermSeconds,
  type Term,
  type TokenSet,
} from '@countersign/core'
import type { ExpiryType } from './policy.ts'

/** Members in the vendor's order. `message` is present only if there is advice. */
export function tokens(set: TokenSet, message: string | undefined) {
  if (!set.refreshToken) throw new Error('these tokens come with a refresh token')
  return {
    'access-token': set.accessToken.reveal(),
    'token-type': 'Bearer' as const,
    'refresh-token': set.refreshToken.reveal(),
    ...advised(message),
  }
}

export const clientTokens = (set: TokenSet, message: string | undefined) => ({
  'access-token': set.accessToken.reveal(),
  'token-type': 'Bearer' as const,
  ...advised(message),
})

const advised = (message: string | undefined) => (message === undefined ? {} : { message })

/** Items that may expire soon. Times are epoch seconds. */
export interface Renewables {
  readonly certificate: Term | undefined
  readonly signingKeySince: number
  /** The presented token, if it expires. */
  readonly presented: Pick<Authorization, 'createdAt' | 'expiresAt'> | undefined
}

/** The advice inside a successful answer: what expires soon, or `undefined`. */
export function adviceOn({ certificate, signingKeySince, presented }: Renewables, now: number): string | undefined {
  const words: string[] = []
  if (certificate && endsSoon(certificate, now)) words.push('Certificates will expire soon, please renew')
  if (endsSoon({ from: signingKeySince, until: signingKeySince + signingKeyTermSeconds }, now)) {
    words.push('The signing key is due for rotation, please rotate')
  }
  if (presented?.expiresAt !== undefined && endsSoon({ from: presented.createdAt, until: presented.expiresAt }, now)) {
    words.push('This login will expire soon, please log in again')
  }
  return words.length === 0 ? undefined : words.join('; ')
}

const hourSeconds = 3600
const minuteSeconds = 60

/** The name under which the setting is stored. */
export const expirySetting = (type: ExpiryType): string => `efa.expiry.${type}`

export const expiry = (type: ExpiryType, seconds: number) => ({
  type,
  hours: Math.floor(seconds / hourSeconds),
  minutes: Math.floor((seconds % hourSeconds) / minuteSeconds),
})

export const expirySeconds = ({ hours = 0, minutes = 0 }: { readonly hours?: number; readonly minutes?: number }) =>
  hours * hourSeconds + minutes * minuteSeconds

export const apiKey = (key: string) => ({ apiKey: key })

const plainType = 'application'

/** Clients that were registered elsewhere have no type: here they are applications. */
export const clientAnswer = ({ name, id, type }: Pick<Client, 'name' | 'id' | 'type'>) => ({
  name,
  clientID: id,
  clientType: type ?? plainType,
})
