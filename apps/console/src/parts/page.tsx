import { Children, type ReactNode, useEffect } from 'react'
import { Link } from 'wouter'
import { Icon } from './icon.tsx'

interface PageProps {
  readonly title: string
  /** One sentence. */
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  readonly back?: { readonly to: string; readonly label: string }
  readonly narrow?: boolean
  readonly children: ReactNode
}

export function Page({ title, lead, actions, back, narrow = false, children }: PageProps): ReactNode {
  useEffect(() => {
    document.title = `${title} · Countersign`
  }, [title])
  return (
    <div className="content" data-narrow={narrow || undefined}>
      {back && (
        <Link href={back.to} className="back">
          <Icon name="left" />
          {back.label}
        </Link>
      )}
      <div className="page-head">
        <div>
          <h1 tabIndex={-1}>
            <bdi>{title}</bdi>
          </h1>
          {lead && <p>{lead}</p>}
        </div>
        {actions && <div className="actions">{actions}</div>}
      </div>
      {children}
    </div>
  )
}

interface ColumnsProps {
  readonly children: ReactNode
  /** Beside it where there is room, below it otherwise. */
  readonly aside?: ReactNode
}

/** What a thing is and what may be done with it, and its story. */
export const Columns = ({ children, aside }: ColumnsProps): ReactNode => (
  <div className="columns" data-two={aside ? '' : undefined}>
    <div className="stack" data-wide="">
      {children}
    </div>
    {aside && <div className="aside">{aside}</div>}
  </div>
)

interface CardProps {
  readonly title?: string
  readonly lead?: ReactNode
  /** Beside the title. */
  readonly status?: ReactNode
  readonly actions?: ReactNode
  readonly tone?: 'danger'
  /** Without a frame of its own: rows, or a table. */
  readonly bare?: boolean
  readonly children?: ReactNode
}

export const Card = ({ title, lead, status, actions, tone, bare = false, children }: CardProps): ReactNode => (
  <section className="card" data-tone={tone} aria-label={title}>
    {title && (
      <div className="card-head">
        <div>
          <div className="card-title">
            <h2>{title}</h2>
            {status}
          </div>
          {lead && <p>{lead}</p>}
        </div>
        {actions && <div className="actions">{actions}</div>}
      </div>
    )}
    {Children.toArray(children).length > 0 && (bare ? children : <div className="card-body">{children}</div>)}
  </section>
)

export type Fact = readonly [name: string, value: ReactNode]

export const Facts = ({ facts }: { readonly facts: readonly (Fact | undefined | false)[] }): ReactNode => (
  <dl className="facts">
    {facts.map(
      (fact) =>
        fact && (
          <FactPair key={fact[0]} name={fact[0]}>
            {fact[1]}
          </FactPair>
        ),
    )}
  </dl>
)

const FactPair = ({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
)

interface RowProps {
  readonly title: ReactNode
  readonly hint?: ReactNode
  readonly children?: ReactNode
}

/** One thing that may be done, with what it does. */
export const Row = ({ title, hint, children }: RowProps): ReactNode => (
  <div className="row">
    <div>
      <div>{title}</div>
      {hint && <div className="hint">{hint}</div>}
    </div>
    {children && <div className="actions">{children}</div>}
  </div>
)

interface StatusProps {
  readonly tone: 'good' | 'warning' | 'bad' | 'plain'
  readonly children: ReactNode
}

/** A state: a dot and a word. */
export const Status = ({ tone, children }: StatusProps): ReactNode => (
  <span className="status" data-tone={tone}>
    {children}
  </span>
)

export const Tags = ({ values }: { readonly values: readonly string[] }): ReactNode => (
  <span className="tags">
    {values.map((value) => (
      <span className="tag" key={value}>
        {value}
      </span>
    ))}
  </span>
)
