// The history of one family of tokens, as its clients saw it. Tokens are numbered in the order in which they were first seen.

/** A request with its answer. */
export type Call =
  /** `got` is the refresh token of the answer, and absent if the refresh was refused. */
  | { readonly kind: 'refresh'; readonly token: number; readonly key?: string | undefined; readonly got?: number }
  /** A revocation by any refresh token of the family, which is always acknowledged (RFC 7009). */
  | { readonly kind: 'revoke' }
  /** A use of an access token. */
  | { readonly kind: 'access'; readonly accepted: boolean }

/**
 * A log-out by an access token. The token is checked first, and the session is revoked later. So of two concurrent log-outs both
 * may succeed.
 */
export const logOut = (done: boolean): readonly Call[] =>
  done ? [{ kind: 'access', accepted: true }, { kind: 'revoke' }] : [{ kind: 'access', accepted: false }]

/** A call with the times of its first and last byte, in milliseconds of the clock that all clients share. */
export type Operation = Call & { readonly from: number; readonly to: number }

/** The state of a family. */
export interface State {
  /** Its refresh tokens so far. Only the last one is current. */
  readonly chain: readonly number[]
  /** The retry key by which the last one was issued. */
  readonly key: string | undefined
  readonly revoked: boolean
}

export const firstState: State = { chain: [0], key: undefined, revoked: false }

/**
 * The state after a call to a sequential server, within the retry window.
 *
 * @returns The same state if nothing changes, `undefined` if a sequential server would not have given that answer.
 */
export function after(state: State, call: Call): State | undefined {
  const revoked = state.revoked ? state : { ...state, revoked: true }
  switch (call.kind) {
    case 'revoke':
      return revoked
    case 'access':
      return call.accepted === !state.revoked ? state : undefined
    case 'refresh':
      return refreshed(state, call, revoked)
  }
}

function refreshed(state: State, call: Call & { readonly kind: 'refresh' }, revoked: State): State | undefined {
  const { token, key, got } = call
  if (state.revoked) return got === undefined ? state : undefined
  if (token === state.chain.at(-1)) {
    const isNew = got !== undefined && !state.chain.includes(got)
    return isNew ? { chain: [...state.chain, got], key, revoked: false } : undefined
  }
  const isRetry = token === state.chain.at(-2) && key !== undefined && key === state.key
  if (isRetry) return got === state.chain.at(-1) ? state : undefined
  return got === undefined && state.chain.includes(token) ? revoked : undefined
}
