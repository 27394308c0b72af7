// What happened to one family of tokens, as its callers saw it. Tokens go by the order in which the callers first saw them.

/** What was asked and what was answered. */
export type Deed =
  /** `got` is the refresh token of the answer; nothing if it was refused. */
  | { readonly kind: 'refresh'; readonly token: number; readonly key?: string | undefined; readonly got?: number }
  /** By any refresh token of the family: always acknowledged (RFC 7009). */
  | { readonly kind: 'revoke' }
  /** Whether an access token was accepted. */
  | { readonly kind: 'look'; readonly accepted: boolean }

/**
 * A log-out by an access token: it is looked at first, and what is done then finds the family as it is by that time. Who is
 * on the way out while somebody else is does not get to hear of it.
 */
export const logOut = (done: boolean): readonly Deed[] =>
  done ? [{ kind: 'look', accepted: true }, { kind: 'revoke' }] : [{ kind: 'look', accepted: false }]

/** Between the first byte of the question and the last one of the answer: milliseconds of the one clock of all callers. */
export type Operation = Deed & { readonly from: number; readonly to: number }

/** What a family is at one moment. */
export interface State {
  /** Its refresh tokens so far; the last one is good. */
  readonly chain: readonly number[]
  /** By which retry key the last one was made. */
  readonly key: string | undefined
  readonly dead: boolean
}

export const firstState: State = { chain: [0], key: undefined, dead: false }

/**
 * What a server that does one thing at a time would make of it, within the retry window.
 *
 * @returns The same state if nothing changes; nothing if no such server would have answered that.
 */
export function after(state: State, deed: Deed): State | undefined {
  const died = state.dead ? state : { ...state, dead: true }
  switch (deed.kind) {
    case 'revoke':
      return died
    case 'look':
      return deed.accepted === !state.dead ? state : undefined
    case 'refresh':
      return refreshed(state, deed, died)
  }
}

function refreshed(state: State, deed: Deed & { readonly kind: 'refresh' }, died: State): State | undefined {
  const { token, key, got } = deed
  if (state.dead) return got === undefined ? state : undefined
  if (token === state.chain.at(-1)) {
    const isNew = got !== undefined && !state.chain.includes(got)
    return isNew ? { chain: [...state.chain, got], key, dead: false } : undefined
  }
  const isRetry = token === state.chain.at(-2) && key !== undefined && key === state.key
  if (isRetry) return got === state.chain.at(-1) ? state : undefined
  return got === undefined && state.chain.includes(token) ? died : undefined
}
