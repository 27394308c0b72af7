// Some operations ask for fresh proof of who is there: a login of the last minutes (`recent`), or the factors in the
// request itself (`shown`). A dialog asks for them once, and the action goes on.
import { createContext, type ReactNode, use, useCallback, useMemo, useState } from 'react'
import { Cancelled, hasCode } from '../state/errors.ts'
import { useMe } from '../state/me.ts'
import { queries } from '../state/queries.ts'
import { type Factors, signIn } from '../state/sign-in.ts'
import { ProofDialog } from './proof-dialog.tsx'

export interface Proofs {
  /** Runs what needs a recent login; if the last one is too old, logs in again first. */
  recent<Result>(run: () => Promise<Result>): Promise<Result>
  /** Runs what needs the factors of a login, in the request itself. */
  shown<Result>(run: (factors: Factors) => Promise<Result>): Promise<Result>
  readonly isAsking: boolean
}

interface Asked {
  readonly attempt: (factors: Factors) => Promise<void>
  readonly cancel: () => void
}

const ProofContext = createContext<Proofs | undefined>(undefined)

export function useProofs(): Proofs {
  const proofs = use(ProofContext)
  if (!proofs) throw new Error('useProofs needs a ProofProvider')
  return proofs
}

/** What the dialog tells by itself; any other error is the action's. */
const isAboutProof = (error: unknown): boolean => hasCode(error, 'credentials_invalid', 'throttled', 'overloaded')

export function ProofProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const { username } = useMe()
  const [asked, setAsked] = useState<Asked>()

  const shown = useCallback(
    <Result,>(run: (factors: Factors) => Promise<Result>): Promise<Result> =>
      new Promise((resolve, reject) => {
        const attempt = async (factors: Factors) => {
          try {
            resolve(await run(factors))
          } catch (error) {
            if (isAboutProof(error)) throw error
            reject(error)
          }
          setAsked(undefined)
        }
        const cancel = () => {
          setAsked(undefined)
          reject(new Cancelled())
        }
        setAsked({ attempt, cancel })
      }),
    [],
  )
  const recent = useCallback(
    async <Result,>(run: () => Promise<Result>): Promise<Result> => {
      try {
        return await run()
      } catch (error) {
        if (!hasCode(error, 'login_too_old')) throw error
        await shown((factors) => signIn({ username, ...factors }))
        try {
          return await run()
        } finally {
          // The session is another one than before.
          void queries.invalidateQueries()
        }
      }
    },
    [shown, username],
  )
  const isAsking = asked !== undefined
  const proofs = useMemo(() => ({ recent, shown, isAsking }), [recent, shown, isAsking])
  return (
    <ProofContext value={proofs}>
      {children}
      {asked && <ProofDialog {...asked} />}
    </ProofContext>
  )
}
