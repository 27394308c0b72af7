import type { ReactNode } from 'react'
import type { Read } from '../state/read.ts'
import { ErrorNotice, FactsSkeleton } from './states.tsx'

interface LoadedProps<Data> {
  readonly read: Read<Data>
  readonly children: (data: Data) => ReactNode
}

/** What was read; before that its place, or why it did not come. */
export function Loaded<Data>({ read, children }: LoadedProps<Data>): ReactNode {
  if (read.data !== undefined) return children(read.data)
  if (read.error) return <ErrorNotice error={read.error} onRetry={read.retry} />
  return <FactsSkeleton />
}
