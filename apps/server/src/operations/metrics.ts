import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { errorCodes } from '../errors/kinds.ts'
import { judgesSecret } from '../pipeline/admission.ts'
import type { Observation } from '../pipeline/pipeline.ts'
import { type MetricSources, registerMeasured } from './measured.ts'

/** A metric without its values. */
export interface MetricDefinition {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly labelNames: readonly string[]
}

/** Metrics of the process for Prometheus. No label names a user, a client or a token (N-210). */
export class Metrics {
  readonly #registry = new Registry()
  readonly #requests: Counter<'operation' | 'status'>
  readonly #errors: Counter<'code'>
  readonly #durations: Histogram<'operation'>
  #foreignGuesses = 0
  readonly #children = new Map<string, { count: Counter.Internal; time: Histogram.Internal<'operation'> }>()

  constructor(sources: MetricSources) {
    registerMeasured(this.#registry, sources, () => this.#foreignGuesses)
    collectDefaultMetrics({ register: this.#registry })
    const registers = [this.#registry]
    this.#errors = new Counter({
      name: 'countersign_request_errors_total',
      help: 'Requests that were refused or failed, by error code.',
      labelNames: ['code'],
      registers,
    })
    // From the start, since Prometheus sees no increase in a series that begins with 1.
    for (const code of errorCodes) this.#errors.inc({ code }, 0)
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
  }

  observe({ route, response, fault, durationMilliseconds }: Observation): void {
    if (fault?.code === 'origin_refused' && route && judgesSecret(route)) this.#foreignGuesses++
    if (fault) this.#errors.inc({ code: fault.code })
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

  /** All metrics with their help texts and labels, for the documentation. */
  definitions(): readonly MetricDefinition[] {
    const all = this.#registry.getMetricsAsArray() as unknown as readonly MetricDefinition[]
    return all.map(({ name, help, type, labelNames }) => ({ name, help, type, labelNames }))
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
