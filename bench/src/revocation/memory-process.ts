// Fills the verifier's store of revocations, and tells what its memory has grown by. Needs --expose-gc.
import { createVerifier } from '@countersign/verifier'
import type { MemoryFigures } from './memory.ts'

const count = Number(process.argv[2])
const issuer = 'http://127.0.0.1:9'
/** Entries of one part of the stream. */
const perPart = 1000
const until = Math.floor(Date.now() / 1000) + 86_400
const encoder = new TextEncoder()
const event = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

let sent = 0
const feed = new ReadableStream<Uint8Array>(
  {
    start: (controller) => controller.enqueue(encoder.encode(event('feed', { feed: 'bench', next: 0 }))),
    pull(controller) {
      // The reader waits for more.
      if (sent > count) return new Promise<void>(() => {})
      let text = ''
      for (let i = 0; i < perPart && sent < count; i++) {
        const id = (++sent).toString(16).padStart(22, '0')
        const entry = { sequence: sent, kind: 'authorization', id, before: until - 86_400, until, after: sent - 1 }
        text += event('revocation', entry)
      }
      if (sent === count) {
        text += event('heartbeat', { next: count, after: count, elapsed_ms: 0 })
        sent++
      }
      controller.enqueue(encoder.encode(text))
      return undefined
    },
  },
  { highWaterMark: 0 },
)
const documents: Readonly<Record<string, object>> = {
  '/.well-known/oauth-authorization-server': {
    issuer,
    jwks_uri: `${issuer}/oauth2/jwks`,
    introspection_endpoint: `${issuer}/oauth2/introspect`,
    token_endpoint: `${issuer}/oauth2/token`,
  },
  '/oauth2/token': { access_token: 'feed', token_type: 'Bearer', expires_in: 86_400 },
}

const collected = (): NodeJS.MemoryUsage => {
  if (!globalThis.gc) throw new Error('--expose-gc is missing')
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage()
}
const held = ({ heapUsed, external }: NodeJS.MemoryUsage): number => heapUsed + external

const verifier = createVerifier({
  issuer,
  resource: 'https://orders.example',
  client: { id: 'bench', secret: 'bench' },
  maxStalenessSeconds: 3600,
  fetch: async (url) => {
    const { pathname } = new URL(url)
    return pathname === '/v1/revocations'
      ? new Response(feed, { headers: { 'content-type': 'text/event-stream' } })
      : Response.json(documents[pathname])
  },
})
const before = collected()
await verifier.ready()
const after = collected()
const { revocations, revocationBytes, fault } = verifier.status()
if (revocations !== count) throw new Error(`the verifier holds ${revocations} revocations: ${String(fault)}`)
const figures: MemoryFigures = {
  revocations,
  tableBytes: revocationBytes,
  heldBytes: held(after) - held(before),
  residentBytes: after.rss - before.rss,
}
process.stdout.write(`${JSON.stringify(figures)}\n`)
process.exit(0)
