import type { Feed } from '../feed/feed.ts'
import { noFeed } from '../feed/feed.ts'
import { polledFeed } from '../feed/poll.ts'
import { FeedPosition } from '../feed/position.ts'
import { Revoked } from '../feed/revoked.ts'
import { streamedFeed } from '../feed/stream.ts'
import { issuerClient } from '../issuer/client.ts'
import { issuerKeys } from '../issuer/keys.ts'
import { discovery } from '../issuer/metadata.ts'
import { systemClock } from '../model/clock.ts'
import { introspector } from '../tokens/introspection.ts'
import { transport } from '../transport/http.ts'
import { parseIssuer } from '../transport/urls.ts'
import { checkOptions, type VerifierOptions } from './options.ts'
import { resourceMetadata } from './resource-metadata.ts'
import { TokenVerifier } from './token-verifier.ts'
import type { Verifier } from './verifier.ts'

/**
 * Creates a verifier. It sends nothing until the first call.
 *
 * @throws TypeError if an option cannot be right, or if the issuer is plain http to a host other than loopback.
 * @example
 * ```ts
 * import { createVerifier } from '@countersign/verifier'
 *
 * const verifier = createVerifier({
 *   issuer: 'https://auth.example',
 *   resource: 'https://orders.example',
 *   client: { id: '0068f2a1b30c9d4e7f8a1b', secret: 'cs_key_…' },
 * })
 * const { subject, scope } = await verifier.verify('eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.…')
 * ```
 */
export function createVerifier(options: VerifierOptions): Verifier {
  checkOptions(options)
  const { issuer, resource, client, clock = systemClock, timeoutSeconds = 5, maxStalenessSeconds = 5 } = options
  const url = parseIssuer(issuer, options.allowInsecureHttp ?? false)
  // Called as a function of no object: some runtimes refuse another `this`.
  const send = options.fetch ?? ((input: string, init?: RequestInit) => fetch(input, init))
  const wire = transport(send, clock, timeoutSeconds)
  const endpoints = discovery(issuer, url, wire)
  const asking = client && issuerClient(client, endpoints, wire)
  const revoked = new Revoked(options.leewaySeconds)
  let fault: unknown
  const onFault = (error: unknown): void => {
    fault = error
    options.onFault?.(error)
  }
  const feedOf = (): Feed => {
    const { feed = 'stream' } = options
    if (!asking || feed === 'none') return noFeed
    const deps = {
      client: asking,
      endpoints,
      transport: wire,
      position: new FeedPosition(revoked, clock),
      onFault,
    }
    return feed === 'poll'
      ? polledFeed({ ...deps, everySeconds: maxStalenessSeconds / 2 })
      : streamedFeed({ ...deps, random: Math.random })
  }
  return new TokenVerifier({
    terms: { issuer, resource, tokenTyp: options.tokenTyp ?? 'at+jwt', leewaySeconds: options.leewaySeconds ?? 0 },
    metadata: resourceMetadata(options),
    maxStalenessSeconds,
    // A poll is due earlier than the knowledge is too old.
    promptSeconds: options.feed === 'poll' ? maxStalenessSeconds / 2 : maxStalenessSeconds,
    whenSilent: options.whenSilent ?? 'introspect',
    waitsForFeed: options.feed === 'poll' || (options.whenSilent ?? 'introspect') !== 'introspect',
    cacheSize: options.cacheSize ?? 10_000,
    clock,
    keys: issuerKeys(endpoints, wire),
    introspect: asking && introspector(asking, { issuer, resource, clock, maxStalenessSeconds }),
    revoked,
    feed: feedOf(),
    lastFault: () => fault,
  })
}
