import type { ReactNode } from 'react'
import { t } from '../language/messages.ts'
import { Button } from './button.tsx'
import { CopyTextButton } from './copy.tsx'
import { Notice } from './states.tsx'

interface RecoveryCodesProps {
  readonly codes: readonly string[]
  readonly username: string
  readonly onStored: () => void
}

/** The codes, shown once: to be printed, copied or kept as a file. */
export function RecoveryCodes({ codes, username, onStored }: RecoveryCodesProps): ReactNode {
  const text = `${t('recovery.file', { name: username, host: location.host })}\n\n${codes.join('\n')}\n`
  const download = () => {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
    const link = document.createElement('a')
    link.href = url
    link.download = 'countersign-recovery-codes.txt'
    link.click()
    URL.revokeObjectURL(url)
  }
  return (
    <div className="stack">
      <Notice tone="warning" title={t('recovery.once')}>
        {t('recovery.lead')}
      </Notice>
      <ol className="codes mono" aria-label={t('recovery.title')}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="actions">
        <Button icon="download" onClick={download}>
          {t('recovery.download')}
        </Button>
        <Button icon="print" onClick={() => print()}>
          {t('recovery.print')}
        </Button>
        <CopyTextButton text={codes.join('\n')} label={t('recovery.copy')} />
      </div>
      <div>
        <Button kind="primary" onClick={onStored}>
          {t('secret.stored')}
        </Button>
      </div>
    </div>
  )
}
