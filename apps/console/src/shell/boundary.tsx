import { Component, type ReactNode } from 'react'
import { ErrorNotice } from '../parts/states.tsx'

interface State {
  readonly error?: unknown
}

/** A fault of a page, or a part of the program that did not arrive, is told where the page would be. */
export class PageBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = {}

  static getDerivedStateFromError(error: unknown): State {
    return { error }
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children
    return (
      <div className="content">
        <ErrorNotice error={this.state.error} onRetry={() => location.reload()} />
      </div>
    )
  }
}
