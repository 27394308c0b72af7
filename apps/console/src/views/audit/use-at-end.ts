import { type RefObject, useEffect, useRef } from 'react'

/** Calls when the end of a list comes into sight. */
export function useAtEnd(call: () => void): RefObject<HTMLDivElement | null> {
  const end = useRef<HTMLDivElement>(null)
  const latest = useRef(call)
  latest.current = call
  useEffect(() => {
    const seen = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) latest.current()
      },
      { rootMargin: '800px' },
    )
    if (end.current) seen.observe(end.current)
    return () => seen.disconnect()
  }, [])
  return end
}
