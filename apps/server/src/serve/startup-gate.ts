// The handler of a port during start-up. It answers liveness checks and refuses everything else in the format of the
// path's error renderer. Then it forwards to the app.
import type { RequestListener } from 'node:http'
import { AuthError } from '@countersign/core'
import { systemRandom } from '../adapters/system-random.ts'
import { type ErrorRenderer, json } from '../errors/error-renderer.ts'
import { toFault } from '../errors/fault.ts'
import { nodeBinding } from '../http/binding/node.ts'
import type { RequestValue, ResponseValue } from '../http/message.ts'
import { withSecurityHeaders } from '../http/security-headers.ts'
import type { Logger } from '../log/logger.ts'

export class StartupGate {
  #app: RequestListener | undefined
  readonly #closed: RequestListener

  constructor(rendererOf: (tag: undefined, path: string) => ErrorRenderer, logger: Logger, secure = false) {
    this.#closed = nodeBinding(async (request) => answer(request, rendererOf(undefined, request.path), secure), {
      random: systemRandom,
      onFault: (fault, requestId) => logger.error('binding_fault', { request_id: requestId, error: fault }),
    })
  }

  readonly listener: RequestListener = (request, response) => {
    const next = this.#app ?? this.#closed
    next(request, response)
  }

  open(app: RequestListener): void {
    this.#app = app
  }
}

/**
 * Liveness is answered during start-up, so that a supervisor does not kill the process while the database is being
 * checked.
 */
const isLivenessCheck = ({ method, path }: RequestValue): boolean =>
  path === '/healthz' && (method === 'GET' || method === 'HEAD')

const alive: ResponseValue = json(200, { status: 'ok' })

function answer(request: RequestValue, renderer: ErrorRenderer, secure: boolean): ResponseValue {
  const { encrypted, requestId } = request
  const { status, headers, body } = isLivenessCheck(request)
    ? alive
    : renderer.render(toFault(new AuthError('unavailable')), undefined)
  const own = { ...headers, 'x-request-id': requestId, connection: 'close' }
  return withSecurityHeaders({ status, headers: own, body }, { encrypted: encrypted || secure })
}
