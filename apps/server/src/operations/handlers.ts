// The folder operations/ serves those who run the server: health, metrics, log, contract and documentation page. It
// must not know users or tokens.
import { AuthError } from '@countersign/core'
import type { OperationsHandlers } from '../generated/index.ts'
import { prefersPage } from '../http/accept.ts'
import type { Context } from '../pipeline/context.ts'
import type { Documentation } from './documentation.ts'
import { frontPage, serverDescription } from './front-page.ts'
import type { Metrics } from './metrics.ts'

export interface OperationsParts {
  /** Rejects while the store cannot be read. */
  readonly checkStore: () => Promise<unknown>
  readonly metrics: Metrics
  readonly documentation: Documentation
  /** The contract as served, as JSON: without disabled dialects. The same text each time. */
  readonly contract: () => string
  readonly issuer: string
  /** Whether the console is served, and was built. */
  readonly hasConsole: boolean
  readonly serving: () => boolean
}

/** Operations for those who run the server: health, metrics, contract, documentation. */
export function operationsHandlers(parts: OperationsParts): OperationsHandlers<Context> {
  const cached = { 'Cache-Control': 'public, max-age=300' }
  return {
    checkLiveness: () => ({ status: 200, body: { status: 'ok' } }),

    async checkReadiness() {
      if (!parts.serving()) throw new AuthError('unavailable')
      await parts.checkStore()
      return { status: 200, body: { status: 'ok' } }
    },

    async listMetrics() {
      return { status: 200, body: await parts.metrics.text(), contentType: 'text/plain; version=0.0.4' }
    },

    showServer(_input, { accept, isNavigation }) {
      const { hasConsole } = parts
      const isPage = prefersPage(accept)
      const headers = { ...cached, Vary: 'Accept, Sec-Fetch-Mode' } as const
      // Relative, because a proxy may serve this below a path.
      if (hasConsole && isPage && isNavigation) {
        return { status: 302, headers: { Location: 'console', Vary: headers.Vary } }
      }
      if (isPage) return { status: 200, body: frontPage(hasConsole), contentType: 'text/html', headers }
      return {
        status: 200,
        body: serverDescription(parts.issuer, hasConsole),
        contentType: 'application/json',
        headers,
      }
    },

    showContract: () => ({ status: 200, body: parts.contract() as never, headers: cached }),

    showDocumentation: () => ({
      status: 200,
      body: parts.documentation.page,
      contentType: 'text/html',
      headers: cached,
    }),

    showDocumentationAsset({ params }) {
      const asset = parts.documentation.asset(params.asset)
      if (!asset) throw new AuthError('not_found')
      const { contentType, bytes } = asset
      return { status: 200, body: bytes, contentType, headers: cached }
    },
  }
}
