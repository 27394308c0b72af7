import { useSearchParams } from 'wouter'

/** What a list shows is in the URL, so that it can be sent, kept and gone back to. */
export function useUrlValue(name: string, otherwise = ''): readonly [string, (value: string) => void] {
  const [parameters, setParameters] = useSearchParams()
  const set = (value: string) =>
    setParameters(
      (before) => {
        const next = new URLSearchParams(before)
        if (value === otherwise) next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  return [parameters.get(name) ?? otherwise, set]
}

/** Shows everything again. */
export function useClearUrl(): () => void {
  const [, setParameters] = useSearchParams()
  return () => setParameters({}, { replace: true })
}
