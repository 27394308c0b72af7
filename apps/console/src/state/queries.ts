import { QueryCache, QueryClient } from '@tanstack/react-query'
import { isSessionOver } from './errors.ts'
import { noteSignedIn } from './hint.ts'
import { tellOtherTabs } from './tabs.ts'

/** Why there is no session: the reader signed out, or it ended otherwise while the page was open. */
export type Ended = 'signed_out' | 'over'

export const meKey = ['me'] as const

let ended: Ended | undefined

export const whyEnded = (): Ended | undefined => ended

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (isSessionOver(error)) sessionEnded('over')
    },
  }),
  defaultOptions: {
    // The client repeats what may pass by itself.
    queries: { retry: false, staleTime: 5000, refetchOnWindowFocus: 'always' },
  },
})

/** Forgets all that the session was shown; the page asks for a sign-in then. */
export function sessionEnded(why: Ended): void {
  if (queries.getQueryData(meKey) === null) return
  ended = why
  noteSignedIn(false)
  // What is under way must not come back: neither its result, nor what was there before it.
  void queries.cancelQueries(undefined, { revert: false, silent: true })
  queries.setQueryData(meKey, null)
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== meKey[0] })
  if (why === 'signed_out') tellOtherTabs('signed_out')
}

/** Another session than before: what the last one was shown is of no use. */
export async function sessionBegun(): Promise<void> {
  ended = undefined
  noteSignedIn(true)
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== meKey[0] })
  await queries.refetchQueries({ queryKey: meKey })
}
