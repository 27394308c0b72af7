import { type ReactNode, useEffect } from 'react'
import { useLocation } from 'wouter'
import { t } from '../../language/messages.ts'
import { Button } from '../../parts/button.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { CommandLine, Secret } from '../../parts/secret.tsx'
import { Notice } from '../../parts/states.tsx'
import type { Schema } from '../../state/api.ts'

interface TokenMadeProps {
  readonly made: Schema['CreatedPersonalToken']
  /** The API that it is for; empty: this server. */
  readonly target: string
}

/** The token, once. It is in this view's state alone, and gone when the view is left. */
export function TokenMade({ made, target }: TokenMadeProps): ReactNode {
  const [, go] = useLocation()
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [])
  // The token is pasted at the prompt: so it is neither in the shell's history nor in the list of processes.
  const command = `read -rs TOKEN && printf 'Authorization: Bearer %s' "$TOKEN" | curl -sS '${target === '' ? `${location.origin}/v1/me` : target}' -H @-`
  return (
    <Page title={t('token_made.title', { name: made.label ?? '' })} narrow>
      <Card>
        <div className="stack" data-wide="">
          <Notice tone="warning" title={t('secret.once')} live>
            {t('token_made.lead')}
          </Notice>
          <Secret label={t('token_made.token')} secret={made.token} />
          <CommandLine label={t('token_made.try')} command={command} />
          <div>
            <Button kind="primary" onClick={() => go(`/tokens/${made.id}`)}>
              {t('secret.stored')}
            </Button>
          </div>
        </div>
      </Card>
    </Page>
  )
}
