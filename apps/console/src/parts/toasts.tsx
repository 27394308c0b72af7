import { type ReactNode, useEffect, useSyncExternalStore } from 'react'
import { Icon } from './icon.tsx'

const shownMilliseconds = 5000

interface Toast {
  readonly id: number
  readonly text: string
}

let toasts: readonly Toast[] = []
let last = 0
const listeners = new Set<() => void>()

function become(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

/** Says that something was done. */
export function say(text: string): void {
  last += 1
  become([...toasts.slice(-2), { id: last, text }])
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function Toasts(): ReactNode {
  const shown = useSyncExternalStore(subscribe, () => toasts)
  return (
    <div className="toasts" role="status">
      {shown.map((toast) => (
        <OneToast key={toast.id} toast={toast} />
      ))}
    </div>
  )
}

function OneToast({ toast }: { readonly toast: Toast }): ReactNode {
  useEffect(() => {
    const timer = setTimeout(() => become(toasts.filter(({ id }) => id !== toast.id)), shownMilliseconds)
    return () => clearTimeout(timer)
  }, [toast.id])
  return (
    <div className="toast">
      <Icon name="check" />
      {toast.text}
    </div>
  )
}
