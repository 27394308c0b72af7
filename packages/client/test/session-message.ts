// What the processes of a shared session and the one that starts them say to each other.

/** Where a process can be killed during a refresh, in order. */
export const phases = ['reading', 'sending', 'sent', 'answered', 'storing', 'stored'] as const
export type Phase = (typeof phases)[number]

/** What a process tells. */
export type Message =
  /** It runs and has reached the server once. It begins when it is told to. */
  | { readonly kind: 'ready' }
  /** A call was answered; `session` is the server's name for the session that it belongs to. */
  | { readonly kind: 'served'; readonly session: string }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'logged out'; readonly reason: string }

/** What a process is told. */
export type Order = 'begin' | 'stop'
