import type { StoreHandle } from '../../open/open.ts'

/** A write that the database is made to refuse. */
export interface RefusedWrite {
  readonly table: string
  readonly on: 'insert' | 'update' | 'delete'
  /** SQL over `old` and `new`. Default is always. */
  readonly when?: string
}

export type Fault = RefusedWrite | 'commit'

/** One store with nothing in it, made for one test. */
export interface Backend {
  /** The store as it is open now. */
  readonly store: StoreHandle
  /** Closes it and opens the same data again, as a restart does. */
  reopen(): Promise<StoreHandle>
  /** Makes the database itself refuse a write, until the function that is returned was called. */
  inject(fault: Fault): Promise<() => Promise<void>>
  dispose(): Promise<void>
}

/** Declares one test: it is given a backend of its own, which is disposed of afterwards. */
export type Scenario = (name: string, body: (backend: Backend) => Promise<void>) => void
