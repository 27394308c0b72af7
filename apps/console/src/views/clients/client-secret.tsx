import type { ReactNode } from 'react'
import { t } from '../../language/messages.ts'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Card, Facts, Page } from '../../parts/page.tsx'
import { CommandLine, Secret } from '../../parts/secret.tsx'
import { Notice } from '../../parts/states.tsx'
import type { Schema } from '../../state/api.ts'
import type { Client } from '../../subjects/names.tsx'

interface ClientSecretProps {
  readonly client: Client
  readonly credential: Schema['CreatedClientCredential']
  readonly onStored: () => void
}

/** A client's secret, once, and how a token is got with it. */
export function ClientSecret({ client, credential, onStored }: ClientSecretProps): ReactNode {
  const command = `read -rs SECRET && printf 'user = "${client.id}:%s"' "$SECRET" | curl -sS ${location.origin}/oauth2/token -K - -d grant_type=client_credentials`
  return (
    <Page title={t('client_secret.title', { name: client.name })} narrow>
      <Card>
        <div className="stack" data-wide="">
          <Notice tone="warning" title={t('secret.once')} live>
            {t('client_secret.lead')}
          </Notice>
          <Facts
            facts={[
              [
                t('client.id'),
                <span key="id" className="id">
                  <code>{client.id}</code>
                  <CopyButton text={client.id} label={t('copy.id')} />
                </span>,
              ],
              [
                t('client.access_key'),
                <span key="key" className="id">
                  <code>{credential.id}</code>
                  <CopyButton text={credential.id} label={t('copy.id')} />
                </span>,
              ],
            ]}
          />
          <Secret label={t('client_secret.secret')} secret={credential.secret} />
          <CommandLine label={t('client_secret.try')} command={command} />
          <div>
            <Button kind="primary" onClick={onStored}>
              {t('secret.stored')}
            </Button>
          </div>
        </div>
      </Card>
    </Page>
  )
}
