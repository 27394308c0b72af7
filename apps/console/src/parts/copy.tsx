import { type ReactNode, useEffect, useState } from 'react'
import { t } from '../language/messages.ts'
import { Button, IconButton } from './button.tsx'

const shownMilliseconds = 2000

/** Copies, and says so for two seconds. */
function useCopy(text: string): { readonly copied: boolean; readonly copy: () => void } {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), shownMilliseconds)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = () => {
    void navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      // The browser does not allow it: the text can be selected.
      () => setCopied(false),
    )
  }
  return { copied, copy }
}

interface CopyProps {
  readonly text: string
  readonly label: string
}

export function CopyButton({ text, label }: CopyProps): ReactNode {
  const { copied, copy } = useCopy(text)
  return <IconButton icon={copied ? 'check' : 'copy'} label={copied ? t('copy.done') : label} onClick={copy} />
}

export function CopyTextButton({ text, label }: CopyProps): ReactNode {
  const { copied, copy } = useCopy(text)
  return (
    <Button icon={copied ? 'check' : 'copy'} onClick={copy}>
      <span aria-live="polite">{copied ? t('copy.done') : label}</span>
    </Button>
  )
}

/** An id: short, and whole when it is copied. */
export const Id = ({ id, whole = false }: { readonly id: string; readonly whole?: boolean }): ReactNode => (
  <span className="id above">
    <code>{whole || id.length <= 12 ? id : `${id.slice(0, 4)}…${id.slice(-6)}`}</code>
    <CopyButton text={id} label={t('copy.id')} />
  </span>
)
