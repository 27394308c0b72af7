import { type ReactNode, useEffect, useId, useRef } from 'react'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
  readonly className?: string
  /** Whether the title is only for screen readers. */
  readonly hasOwnHead?: boolean
  /** While another dialog asks for something: there is never a dialog on a dialog. */
  readonly hidden?: boolean
}

const firstField = 'input:not([tabindex="-1"], [type="radio"]:not(:checked)), select, textarea'

/** The browser's modal dialog: it keeps the focus inside, closes at Escape, and gives the focus back. */
export function Dialog({
  title,
  onClose,
  children,
  className = '',
  hasOwnHead,
  hidden = false,
}: DialogProps): ReactNode {
  const element = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = element.current
    if (hidden) dialog?.close()
    else if (dialog && !dialog.open) {
      dialog.showModal()
      // The browser would begin with the username, which is there for password managers alone.
      dialog.querySelector<HTMLElement>(firstField)?.focus()
    }
  }, [hidden])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, which the browser tells by `cancel`.
    <dialog
      ref={element}
      className={`dialog ${className}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === element.current) onClose()
      }}
    >
      <div>
        <h2 id={titleId} className={hasOwnHead ? 'unseen' : undefined}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  )
}
