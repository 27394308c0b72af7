import type { Logger } from '../log/logger.ts'
import type { Observation } from '../pipeline/pipeline.ts'
import type { Metrics } from './metrics.ts'

/**
 * Writes one log line per request: the route's template, never the URL; identifiers, never a secret. Faults of the
 * server are logged as errors with their private cause; faults of clients are not.
 */
export function observer(logger: Logger, metrics: Metrics): (seen: Observation) => void {
  return (seen) => {
    metrics.observe(seen)
    const { request, address, route, presented, response, fault, durationMilliseconds } = seen
    const authorization = presented?.access?.authorization ?? fault?.authorization
    const fields = {
      request_id: request.requestId,
      method: request.method.slice(0, 16),
      route: route?.path ?? 'none',
      status: response.status,
      duration_ms: Math.round(durationMilliseconds * 1000) / 1000,
      code: fault?.code,
      outcome: fault?.outcome,
      authorization_id: authorization?.id,
      client_id:
        authorization?.clientId ?? (presented?.client?.kind === 'registered' ? presented.client.client.id : undefined),
      subject_id: authorization?.subject.id,
      address,
    }
    if (fault?.cause === undefined) logger.info('request', fields)
    else logger.error('request', { ...fields, error: fault.cause })
  }
}
