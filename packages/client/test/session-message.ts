// What the processes of a shared session and the one that starts them say to each other.

/** Where a process can be killed during a refresh, in order. */
export const phases = ['reading', 'sending', 'sent', 'answered', 'storing', 'stored'] as const
export type Phase = (typeof phases)[number]

/** What a process tells. */
export type Message =
  | { readonly kind: 'served' }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'logged out'; readonly reason: string }
