import type { ReactNode } from 'react'
import { t } from '../language/messages.ts'
import type { Schema } from '../state/api.ts'
import { CopyButton } from './copy.tsx'

/** What an authenticator needs: the picture to scan, or the key to type. */
export const AuthenticatorSetup = ({ setup }: { readonly setup: Schema['TotpSetup'] }): ReactNode => (
  <div className="qr-side">
    <img className="qr" src={setup.qr} alt={t('totp.qr')} width={200} height={200} />
    <div className="stack">
      <p>{t('totp.scan')}</p>
      <div>
        <div className="legend">{t('totp.key')}</div>
        <span className="id">
          <span className="mono">{setup.secret.replace(/(.{4})(?=.)/g, '$1 ')}</span>
          <CopyButton text={setup.secret} label={t('totp.copy_key')} />
        </span>
      </div>
    </div>
  </div>
)
