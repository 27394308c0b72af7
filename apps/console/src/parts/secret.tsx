import { type ReactNode, useState } from 'react'
import { t } from '../language/messages.ts'
import { Button } from './button.tsx'
import { CopyTextButton } from './copy.tsx'

interface SecretProps {
  readonly label: string
  readonly secret: string
}

/** A secret that is shown once: masked until its reader wants to see it. It is nowhere but in the view's own state. */
export function Secret({ label, secret }: SecretProps): ReactNode {
  const [shown, setShown] = useState(false)
  return (
    <div className="secret">
      <div className="legend">{label}</div>
      <output className="secret-value mono" data-shown={shown || undefined} aria-label={label}>
        {shown ? secret : `${secret.slice(0, 7)}${'•'.repeat(28)}`}
      </output>
      <div className="actions">
        <CopyTextButton text={secret} label={t('secret.copy')} />
        <Button icon="eye" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? t('secret.hide') : t('secret.reveal')}
        </Button>
      </div>
    </div>
  )
}

/** A command that works when it is pasted. */
export const CommandLine = ({ label, command }: { readonly label: string; readonly command: string }): ReactNode => (
  <div className="secret">
    <div className="legend">{label}</div>
    <pre className="command mono">
      <code>{command}</code>
    </pre>
    <div className="actions">
      <CopyTextButton text={command} label={t('secret.copy_command')} />
    </div>
  </div>
)
