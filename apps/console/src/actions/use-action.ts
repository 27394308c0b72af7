import { useState } from 'react'
import { Cancelled, isSessionOver } from '../state/errors.ts'
import { sessionEnded } from '../state/queries.ts'

export interface Action {
  /** Runs something that changes something; one at a time. */
  readonly run: (work: () => Promise<unknown>) => Promise<boolean>
  readonly pending: boolean
  readonly error: unknown
}

/**
 * What a form or a button does. What the server answers is kept nowhere but by the work itself, because it may be a
 * secret.
 */
export function useAction(): Action {
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<unknown>()
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    if (pending) return false
    setPending(true)
    setError(undefined)
    try {
      await work()
      return true
    } catch (failure) {
      if (isSessionOver(failure)) sessionEnded('over')
      else if (!(failure instanceof Cancelled)) setError(failure)
      return false
    } finally {
      setPending(false)
    }
  }
  return { run, pending, error }
}
