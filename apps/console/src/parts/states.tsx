import { ProblemError } from '@countersign/client'
import type { ReactNode } from 'react'
import { t } from '../language/messages.ts'
import { requestIdOf } from '../state/api.ts'
import { sentenceOf } from '../state/errors.ts'
import { Button } from './button.tsx'
import { CopyButton } from './copy.tsx'
import { Icon, type IconName } from './icon.tsx'

type Tone = 'plain' | 'good' | 'warning' | 'bad'

const iconOf: Readonly<Record<Tone, IconName>> = { plain: 'info', good: 'check', warning: 'warning', bad: 'warning' }

interface NoticeProps {
  readonly tone?: Tone
  readonly title?: string
  readonly children?: ReactNode
  /** Whether it is read out when it appears. */
  readonly live?: boolean
}

export const Notice = ({ tone = 'plain', title, children, live = false }: NoticeProps): ReactNode => (
  <div className="notice" data-tone={tone} role={live ? 'alert' : undefined}>
    <Icon name={iconOf[tone]} />
    <div>
      {title && <strong>{title}</strong>}
      {children}
    </div>
  </div>
)

/** What the reader can mend: nobody has to look it up in the log. */
const isReadersFault = (error: unknown): boolean =>
  error instanceof ProblemError && [400, 401, 409, 422, 429].includes(error.status)

/** What happened, what to do, and the id by which the server's log names the request. */
export function ErrorNotice({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }): ReactNode {
  const id = isReadersFault(error) ? undefined : requestIdOf(error)
  return (
    <Notice tone="bad" live>
      <span>{sentenceOf(error)}</span>
      {id && (
        <span className="small muted id">
          {t('error.request')}&nbsp;<code>{id}</code> <CopyButton text={id} label={t('error.copy_request')} />
        </span>
      )}
      {onRetry && (
        <span>
          <Button size="small" icon="refresh" onClick={onRetry}>
            {t('error.retry')}
          </Button>
        </span>
      )}
    </Notice>
  )
}

interface EmptyProps {
  readonly icon: IconName
  readonly title: string
  readonly children?: ReactNode
  readonly actions?: ReactNode
}

/** What would be here, why one would want it, and how to get it. */
export const Empty = ({ icon, title, children, actions }: EmptyProps): ReactNode => (
  <div className="empty">
    <Icon name={icon} />
    <h2>{title}</h2>
    <p>{children}</p>
    {actions && <div className="actions">{actions}</div>}
  </div>
)

/** The place of a line of text that is not there yet. */
export const Bone = (): ReactNode => <span className="bone" aria-hidden="true" />

/** While the choices of a form load: the places of two. */
export const ChoicesSkeleton = ({ legend }: { readonly legend: string }): ReactNode => (
  <div aria-busy="true">
    <div className="legend">{legend}</div>
    <div className="choices">
      {[1, 2].map((place) => (
        <div className="choice" data-awaited="" key={place}>
          <Bone />
        </div>
      ))}
    </div>
  </div>
)

/** While a detail page loads: the places of its facts. */
export const FactsSkeleton = ({ count = 6 }: { readonly count?: number }): ReactNode => (
  <div className="card" aria-busy="true">
    <span className="unseen" role="status">
      {t('state.loading')}
    </span>
    <div className="card-body stack">
      {Array.from({ length: count }, (_, index) => (
        <Bone key={index} />
      ))}
    </div>
  </div>
)
