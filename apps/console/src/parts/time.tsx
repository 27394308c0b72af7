import { type ReactNode, useSyncExternalStore } from 'react'
import { exactTime, relativeTime } from '../language/times.ts'

const everyMilliseconds = 15_000

/** One clock for all times of the page. */
const clock = {
  now: Math.floor(Date.now() / 1000),
  listeners: new Set<() => void>(),
  timer: undefined as ReturnType<typeof setInterval> | undefined,
  subscribe(listener: () => void): () => void {
    clock.listeners.add(listener)
    clock.timer ??= setInterval(clock.tick, everyMilliseconds)
    clock.now = Math.floor(Date.now() / 1000)
    return () => {
      clock.listeners.delete(listener)
      if (clock.listeners.size > 0) return
      clearInterval(clock.timer)
      clock.timer = undefined
    }
  },
  tick(): void {
    clock.now = Math.floor(Date.now() / 1000)
    for (const listener of clock.listeners) listener()
  },
}

export const useNow = (): number => useSyncExternalStore(clock.subscribe, () => clock.now)

interface TimeProps {
  readonly at: number | null | undefined
  /** What stands there if there is no time. */
  readonly none?: string
  /** Whether the keyboard reaches it, to see the exact time. In a table a row's own page shows it. */
  readonly reachable?: boolean
}

/** "3 minutes ago"; the exact time with its zone while the pointer or the focus is on it. */
export function Time({ at, none = '–', reachable = false }: TimeProps): ReactNode {
  const now = useNow()
  if (at === null || at === undefined) return <span className="muted">{none}</span>
  const exact = exactTime(at)
  return (
    <time dateTime={new Date(at * 1000).toISOString()} data-tip={exact} tabIndex={reachable ? 0 : undefined}>
      {relativeTime(at, now)}
    </time>
  )
}
