import type { Term } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { Metrics } from './metrics.ts'

const measured = (certificate?: Term) =>
  new Metrics({
    version: '1.2.3',
    guesses: { refused: new Map([['overloaded', 2]]), lockedOut: new Map([['account', 3]]) },
    audit: { overdue: async () => 4 },
    clock: { lagSeconds: () => 5 },
    failedTasks: new Map([['record_usage', 6]]),
    databaseBytes: () => new Map([['main', 4096]]),
    nextKeyRotation: () => undefined,
    certificate: () => certificate,
  }).text()

describe('the metrics', () => {
  it.each([
    'countersign_info{version="1.2.3"} 1',
    'countersign_refused_guesses_total{reason="overloaded"} 2',
    'countersign_refused_guesses_total{reason="origin"} 0',
    'countersign_lockouts_total{reason="account"} 3',
    'countersign_audit_overdue_entries 4',
    'countersign_clock_behind_seconds 5',
    'countersign_background_task_failures_total{task="record_usage"} 6',
    'countersign_database_bytes{file="main"} 4096',
    // Prometheus sees no increase in a series that begins with 1.
    'countersign_request_errors_total{code="refresh_token_reused"} 0',
  ])('have the line %s', async (line) => {
    expect((await measured()).split('\n')).toContain(line)
  })

  it('say when the certificate expires, if there is one', async () => {
    const name = /^countersign_certificate_expiry_timestamp_seconds .*$/m
    expect(name.exec(await measured())).toBeNull()
    expect(name.exec(await measured({ from: 1, until: 1_900_000_000 }))?.[0]).toMatch(/ 1900000000$/)
  })
})
