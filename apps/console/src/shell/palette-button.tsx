import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { t } from '../language/messages.ts'
import { Icon } from '../parts/icon.tsx'

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }))

const isShortcut = (event: KeyboardEvent): boolean =>
  event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey

/** The search in the bar, which Ctrl-K opens too. Its code is loaded at the first use. */
export function PaletteButton(): ReactNode {
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!isShortcut(event) || document.querySelector('dialog[open]:not(.palette)')) return
      event.preventDefault()
      setOpen((open) => !open)
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
  return (
    <>
      <button type="button" className="button search" onClick={() => setOpen(true)} aria-keyshortcuts="Control+K">
        <Icon name="search" />
        <span className="word">{t('palette.open')}</span>
        <kbd>Ctrl K</kbd>
      </button>
      {isOpen && (
        <Suspense>
          <Palette onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
