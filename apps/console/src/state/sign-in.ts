import { createClient, staticToken } from '@countersign/client'
import { keepPreferences } from '../preferences.ts'
import { api, type Schema, send } from './api.ts'
import { sessionBegun, sessionEnded } from './queries.ts'
import { tellOtherTabs } from './tabs.ts'

/** What a login or a proof presents. */
export interface Factors {
  readonly password?: string
  readonly code?: string
  readonly recovery_code?: string
}

export interface Credentials extends Factors {
  readonly username: string
}

/** A login that is not complete: what must be done first. Its calls present a token that lives ten minutes. */
export interface IncompleteLogin {
  readonly next: 'password' | 'authenticator'
  changePassword(body: Schema['PasswordChange']): Promise<unknown>
  startTotp(body: Schema['Proof']): Promise<Schema['TotpSetup']>
  requireFactors(body: Schema['FactorChoice']): Promise<unknown>
}

/**
 * Logs in. The session is in the cookie. The tokens of the response are dropped at once, except that of a login that is
 * not complete.
 */
export async function signIn(credentials: Credentials): Promise<IncompleteLogin | undefined> {
  const opened = await send(api.POST('/v1/sessions', { body: { ...credentials, cookie: true } }))
  if (!opened.must_change && !opened.must_enrol) return undefined
  const auth = staticToken(opened.access_token)
  const client = createClient({ baseUrl: location.origin, allowInsecureHttp: true, auth })
  return {
    next: opened.must_change ? 'password' : 'authenticator',
    changePassword: (body) => send(client.PUT('/v1/me/password', { body })),
    startTotp: (body) => send(client.POST('/v1/me/totp', { body })),
    requireFactors: (body) => send(client.PUT('/v1/me/required-factors', { body })),
  }
}

/** The page shows the session's content from now on. */
export async function enter(): Promise<void> {
  await sessionBegun()
  tellOtherTabs('signed_in')
}

export async function signOut(): Promise<void> {
  await api.signOut()
  keepPreferences()
  sessionEnded('signed_out')
}
