import { keepPreferences } from '../preferences.ts'
import { api, send } from './api.ts'
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

/** What must be done before a login is complete. Its calls present the cookie, which permits that alone for ten minutes. */
export type Step = 'password' | 'authenticator'

/**
 * Logs in. The session is in the cookie, and no token in the response.
 *
 * @returns The step that is missing, if the login is not complete.
 */
export async function signIn(credentials: Credentials): Promise<Step | undefined> {
  const opened = await send(api.POST('/v1/sessions', { body: { ...credentials, cookie: true, tokens: false } }))
  if (opened.must_change) return 'password'
  return opened.must_enrol ? 'authenticator' : undefined
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
