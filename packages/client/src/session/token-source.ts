// What every way to a token is. A source knows how tokens are got and kept; it does not know the calls they are for.
import type { AuthorizationServer } from '../transport/authorization-server.ts'
import { Token } from '../transport/token.ts'

/** The request a token is wanted for. */
export interface Presentation {
  readonly method: string
  readonly url: string
}

/** Gives tokens. */
export interface TokenSource {
  /**
   * The token to present, refreshed ahead of its expiry; `undefined` presents none.
   *
   * @throws SessionExpiredError When somebody must log in again.
   */
  token(request: Presentation): Promise<Token | undefined>
  /**
   * Called when the server refused `token` with a 401. A different one is tried once; `undefined` gives up.
   *
   * @throws SessionExpiredError When somebody must log in again.
   */
  refused(token: Token, request: Presentation): Promise<Token | undefined>
  /**
   * Ends at the server what the tokens stand for, then forgets it here and in the store; what is over already is no
   * error. Default: the session of the token, if it has one, is ended, and nothing is forgotten.
   *
   * @throws TransportError When the server could not be asked; then nothing is forgotten.
   */
  end?(): Promise<void>
}

/** A token source that is not connected to a server yet; what {@link passwordSession} and its kin return. */
export interface Auth {
  connect(server: AuthorizationServer): TokenSource
}

/** The simplest source: called for every request; may keep its token as it likes. */
export type TokenFunction = (request: Presentation) => string | undefined | Promise<string | undefined>

/** Makes a source of whatever was given as `auth`. */
export function connect(auth: Auth | TokenSource | TokenFunction, server: AuthorizationServer): TokenSource {
  if (typeof auth === 'function') return functionSource(auth)
  return 'connect' in auth ? auth.connect(server) : auth
}

/**
 * One token that never changes, such as a personal API token.
 *
 * @param token The bearer token. When the server refuses it, the refusal is the answer of the call.
 * @throws TypeError When it is no bearer token (RFC 6750 §2.1).
 */
export function staticToken(token: string): TokenSource {
  const kept = new Token(token)
  return { token: async () => kept, refused: async () => undefined }
}

function functionSource(ask: TokenFunction): TokenSource {
  const token = async (request: Presentation) => {
    const value = await ask(request)
    return value === undefined ? undefined : new Token(value)
  }
  return {
    token,
    refused: async (refused, request) => {
      const next = await token(request)
      return next?.equals(refused) ? undefined : next
    },
  }
}
