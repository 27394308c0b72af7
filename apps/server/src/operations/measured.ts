// Metrics whose values are read when they are collected.
import type { GuessMeter, Term } from '@countersign/core'
import { Counter, Gauge, type Registry } from 'prom-client'

/** Where the values come from. */
export interface MetricSources {
  readonly version: string
  /** Counters of the throttle. */
  readonly guesses: Pick<GuessMeter, 'refused' | 'lockedOut'>
  readonly audit: { overdue(): Promise<number> }
  readonly clock: { lagSeconds(): number }
  /** How often each background task failed. */
  readonly failedTasks: ReadonlyMap<string, number>
  /** Sizes of the database's files, by name; none if it is in memory. */
  readonly databaseBytes: () => ReadonlyMap<string, number>
  /** When the schedule makes the next signing key; `undefined` if it is off. */
  readonly nextKeyRotation: () => number | undefined
  /** `undefined` if TLS is not configured. */
  readonly certificate: () => Term | undefined
}

/** @param foreignGuesses Secrets that pages of other sites sent. */
export function registerMeasured(registry: Registry, sources: MetricSources, foreignGuesses: () => number): void {
  const registers = [registry]
  new Counter({
    name: 'countersign_refused_guesses_total',
    help: 'Passwords, codes and secrets that were refused without verification, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset()
      for (const [reason, count] of sources.guesses.refused) this.inc({ reason }, count)
      this.inc({ reason: 'origin' }, foreignGuesses())
    },
  })
  new Counter({
    name: 'countersign_lockouts_total',
    help: 'Wrong guesses that reached a limit and block further attempts for a while, by limit.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset()
      for (const [reason, count] of sources.guesses.lockedOut) this.inc({ reason }, count)
    },
  })
  new Gauge({
    name: 'countersign_audit_overdue_entries',
    help: 'Audit entries that are overdue for deletion but kept, because they were never exported.',
    registers,
    async collect() {
      this.set(await sources.audit.overdue())
    },
  })
  new Gauge({
    name: 'countersign_clock_behind_seconds',
    help: 'How far the clock is behind the stored mark; 0 if it is not.',
    registers,
    collect() {
      this.set(sources.clock.lagSeconds())
    },
  })
  new Counter({
    name: 'countersign_background_task_failures_total',
    help: 'Failed runs of background tasks, by task.',
    labelNames: ['task'],
    registers,
    collect() {
      this.reset()
      for (const [task, count] of sources.failedTasks) this.inc({ task }, count)
    },
  })
  new Gauge({
    name: 'countersign_database_bytes',
    help: 'Size of the files of the database, by file: the database, and its write-ahead log.',
    labelNames: ['file'],
    registers,
    collect() {
      this.reset()
      for (const [file, bytes] of sources.databaseBytes()) this.set({ file }, bytes)
    },
  })
  new Gauge({
    name: 'countersign_certificate_expiry_timestamp_seconds',
    help: 'When the TLS certificate that is served expires, in epoch seconds; absent without TLS.',
    labelNames: [],
    registers,
    collect() {
      this.reset()
      const term = sources.certificate()
      if (term) this.set(term.until)
      else this.remove()
    },
  })
  new Gauge({
    name: 'countersign_next_key_rotation_timestamp_seconds',
    help: 'When the schedule makes the next signing key, in epoch seconds; absent if it is off.',
    labelNames: [],
    registers,
    collect() {
      this.reset()
      const at = sources.nextKeyRotation()
      if (at !== undefined) this.set(at)
      else this.remove()
    },
  })
  const info = { name: 'countersign_info', help: 'The running version.', labelNames: ['version'], registers } as const
  new Gauge(info).set({ version: sources.version }, 1)
}
