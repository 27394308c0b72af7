// What the port leads to: that the process lives, and a refusal of anything else in the words of whoever asks, while there
// is no app yet; then the app.
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
  #beyond: RequestListener | undefined
  readonly #closed: RequestListener

  constructor(audienceOf: (tag: undefined, path: string) => ErrorRenderer, logger: Logger, secure = false) {
    this.#closed = nodeBinding(async (request) => answer(request, audienceOf(undefined, request.path), secure), {
      random: systemRandom,
      onFault: (fault, requestId) => logger.error('binding_fault', { request_id: requestId, error: fault }),
    })
  }

  readonly listener: RequestListener = (request, response) => {
    const next = this.#beyond ?? this.#closed
    next(request, response)
  }

  open(beyond: RequestListener): void {
    this.#beyond = beyond
  }
}

/** The process lives, and says so; a supervisor that waits for the database to be checked must not kill it meanwhile. */
const isLivenessCheck = ({ method, path }: RequestValue): boolean =>
  path === '/healthz' && (method === 'GET' || method === 'HEAD')

const alive: ResponseValue = json(200, { status: 'ok' })

function answer(request: RequestValue, audience: ErrorRenderer, secure: boolean): ResponseValue {
  const { encrypted, requestId } = request
  const { status, headers, body } = isLivenessCheck(request)
    ? alive
    : audience.render(toFault(new AuthError('unavailable')), undefined)
  const own = { ...headers, 'x-request-id': requestId, connection: 'close' }
  return withSecurityHeaders({ status, headers: own, body }, { encrypted: encrypted || secure })
}
