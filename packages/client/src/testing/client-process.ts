import { type ClientOptions, createClient } from '../calls/client.ts'
import { unwrap } from '../calls/unwrap.ts'
import { type PasswordSessionOptions, passwordSession } from '../sources/password-session.ts'
import type { HttpServer, Reaction, Received } from './http-server.ts'
import { countingRandom, type ManualClock } from './manual-clock.ts'
import type { sessionRules } from './session-rules.ts'

/** Path of the refresh operation. */
export const refreshPath = '/v1/sessions/refresh'

/** A client of `server` that behaves like a process of its own: it has its own memory. */
export function newProcess(
  server: HttpServer,
  clock: ManualClock,
  session: PasswordSessionOptions = {},
  options: Partial<ClientOptions> = {},
) {
  const auth = passwordSession({ username: 'ada', password: 'correct horse', ...session })
  const client = createClient({ baseUrl: server.url, auth, clock, random: countingRandom(), ...options })
  return { ...client, me: () => unwrap(client.GET('/v1/me')) }
}

/** Session rules behind a faulty network. `faults` lists what happens to each refresh, in order. */
export function withFaults(rules: ReturnType<typeof sessionRules>, faults: (Reaction | 'lost' | undefined)[]) {
  return (request: Received): Reaction => {
    const fault = request.path === refreshPath ? faults.shift() : undefined
    if (fault === undefined) return rules.react(request)
    if (fault !== 'lost') return fault
    rules.react(request)
    return { cut: 'before' }
  }
}
