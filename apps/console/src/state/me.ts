import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { createContext, use } from 'react'
import { api, type Role, type Schema, send } from './api.ts'
import { isSessionOver } from './errors.ts'
import { mayBeSignedIn, noteSignedIn } from './hint.ts'
import { meKey } from './queries.ts'

export interface Me extends Readonly<Schema['Me']> {
  readonly session: Schema['Session']
}

async function readMe(): Promise<Me | null> {
  if (!mayBeSignedIn()) return null
  try {
    const [me, session] = await Promise.all([send(api.GET('/v1/me')), send(api.GET('/v1/sessions/current'))])
    return { ...me, session }
  } catch (error) {
    if (!isSessionOver(error)) throw error
    noteSignedIn(false)
    return null
  }
}

/** Who is signed in; `null`: nobody. */
export const useSession = (): UseQueryResult<Me | null> =>
  useQuery({ queryKey: meKey, queryFn: readMe, staleTime: 30_000, refetchInterval: 60_000 })

/**
 * Whose content is shown. It comes from above and not from the query, because a part of the page may be drawn again
 * between the end of the session and the moment at which the sign-in takes its place.
 */
export const MeContext = createContext<Me | undefined>(undefined)

/** Who is signed in. Only for what is shown to somebody who is. */
export function useMe(): Me {
  const me = use(MeContext)
  if (!me) throw new Error('Nobody is signed in')
  return me
}

const ranks: Readonly<Record<Role, number>> = { viewer: 0, manager: 1, owner: 2 }

/** What the server would refuse is not shown; the server refuses it in any case. */
export const mayAs = (role: Role, least: Role): boolean => ranks[role] >= ranks[least]
