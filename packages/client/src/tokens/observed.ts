// What the listeners of tokens are told: observed from outside, so that it is the same for every source.
import type { Advisory } from '../session/advisory.ts'
import { keyOf } from '../session/seen.ts'
import type { Presentation } from '../session/token-source.ts'
import type { AuthorizationServer, TokenAnswer, TokenRequest } from '../transport/authorization-server.ts'
import { SessionExpiredError } from '../transport/errors.ts'
import { isTransientStatus } from '../transport/problem.ts'
import type { Token } from '../transport/token.ts'
import type { Listeners } from './events.ts'

/** A smaller difference disturbs nobody. */
const maxClockDifferenceSeconds = 60

/** A server whose failed requests and wrong clock are told. */
export function observedServer(server: AuthorizationServer, advise: (advisory: Advisory) => void): AuthorizationServer {
  let isClockTold = false
  const failed = ({ method, path }: TokenRequest, why: string, error?: unknown) =>
    advise({ code: 'request_failed', message: `${method} ${path} failed (${why})`, error })
  const request = async (sent: TokenRequest): Promise<TokenAnswer> => {
    try {
      const answer = await server.request(sent)
      const { status, headers } = answer
      if (isTransientStatus(status)) failed(sent, `HTTP ${status}`)
      const difference = server.clock.epochSeconds() - Date.parse(headers.get('Date') ?? '') / 1000
      const seconds = Math.round(Math.abs(difference))
      if (seconds > maxClockDifferenceSeconds && !isClockTold) {
        isClockTold = true
        const message = `This clock is ${seconds} s ${difference > 0 ? 'ahead of' : 'behind'} the server's`
        advise({ code: 'clock_off', message })
      }
      return answer
    } catch (error) {
      failed(sent, (error as { reason?: string }).reason ?? 'aborted', error)
      throw error
    }
  }
  return { ...server, request }
}

/** Tells which tokens are received, and when the session is over. */
export function observer(listeners: Listeners): {
  /** Observes what a source is asked for. */
  observe(request: Presentation, ask: () => Promise<Token | undefined>): Promise<Token | undefined>
  signedOut(): void
} {
  const last = new Map<string, Token>()
  let isOver = false
  return {
    observe: async (request, ask) => {
      try {
        const token = await ask()
        if (token && !last.get(keyOf(request))?.equals(token)) {
          last.set(keyOf(request), token)
          isOver = false
          listeners.emit('change', { kind: 'obtained', resource: request.resource, scope: request.scope })
        }
        return token
      } catch (error) {
        if (error instanceof SessionExpiredError && !isOver) {
          last.clear()
          isOver = true
          listeners.emit('expired', error)
        }
        throw error
      }
    },
    signedOut: () => {
      last.clear()
      listeners.emit('change', { kind: 'signed_out' })
    },
  }
}
