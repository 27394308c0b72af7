import type { GuessMeter } from '@countersign/core'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { judgesSecret } from '../pipeline/judged-secret.ts'
import type { Observation } from '../pipeline/pipeline.ts'

/** Metrics of the process for Prometheus. No label names a user, a client or a token (N-210). */
export class Metrics {
  readonly #registry = new Registry()
  readonly #requests: Counter<'operation' | 'status'>
  readonly #durations: Histogram<'operation'>
  #foreignGuesses = 0
  readonly #children = new Map<string, { count: Counter.Internal; time: Histogram.Internal<'operation'> }>()

  /**
   * @param guesses Counters of the throttle; read when metrics are collected.
   * @param audit Read when metrics are collected.
   */
  constructor(
    version: string,
    guesses: Pick<GuessMeter, 'refused' | 'lockedOut'>,
    audit: { overdue(): Promise<number> },
  ) {
    const registers = [this.#registry]
    const foreignGuesses = () => this.#foreignGuesses
    new Counter({
      name: 'countersign_refused_guesses_total',
      help: 'Passwords, codes and secrets that were refused without verification, by reason.',
      labelNames: ['reason'],
      registers,
      collect() {
        this.reset()
        for (const [reason, count] of guesses.refused) this.inc({ reason }, count)
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
        for (const [reason, count] of guesses.lockedOut) this.inc({ reason }, count)
      },
    })
    new Gauge({
      name: 'countersign_audit_overdue_entries',
      help: 'Audit entries that are overdue for deletion but kept, because they were never exported.',
      registers,
      async collect() {
        this.set(await audit.overdue())
      },
    })
    collectDefaultMetrics({ register: this.#registry })
    this.#requests = new Counter({
      name: 'countersign_requests_total',
      help: 'Requests answered, by operation and status.',
      labelNames: ['operation', 'status'],
      registers,
    })
    this.#durations = new Histogram({
      name: 'countersign_request_duration_seconds',
      help: 'Time from a request to its answer, by operation.',
      labelNames: ['operation'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    })
    new Gauge({ name: 'countersign_info', help: 'The running version.', labelNames: ['version'], registers }).set(
      { version },
      1,
    )
  }

  observe({ route, response, fault, durationMilliseconds }: Observation): void {
    if (fault?.code === 'origin_refused' && route && judgesSecret(route)) this.#foreignGuesses++
    const operation = route?.operationId ?? 'none'
    const key = `${operation} ${response.status}`
    let child = this.#children.get(key)
    if (!child) {
      child = {
        count: this.#requests.labels({ operation, status: `${response.status}` }),
        time: this.#durations.labels({ operation }),
      }
      this.#children.set(key, child)
    }
    child.count.inc()
    child.time.observe(durationMilliseconds / 1000)
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
