// One of many processes that share a session on disk: calls again and again, tells what happens, and kills itself at the
// phase it is told to. It has no password, so a session that is lost cannot be begun again unseen.
import { createClient, isClientError, passwordSession, type SessionRecord, type TokenStore } from '@countersign/client'
import { fileStore } from '@countersign/client/node'
import type { Message, Order, Phase } from './session-message.ts'

const pauseMilliseconds = 100

const [, , baseUrl = '', path = '', deadlyPhase] = process.argv
/** How often it comes through the deadly phase alive. */
let lives = 1
await work()

async function work(): Promise<void> {
  const auth = passwordSession({ store: dyingStore(fileStore(path)) })
  const client = createClient({ baseUrl, auth, fetch: dyingFetch })
  await client.GET('/.well-known/oauth-authorization-server')
  // The first request with a body takes a runtime long: for longer than others are patient.
  await fetch(`${baseUrl}/healthz`, { method: 'POST', body: '{}' })
  tell({ kind: 'ready' })
  let working = (await order()) === 'begin'
  void order().then(() => {
    working = false
  })
  while (working) {
    try {
      const { data, response } = await client.GET('/v1/sessions/current')
      tell(data ? { kind: 'served', session: data.id } : { kind: 'logged out', reason: `HTTP ${response.status}` })
    } catch (error) {
      if (!isClientError(error)) throw error
      tell({ kind: error.code === 'transport_failed' ? 'lost' : 'logged out', reason: error.message })
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds))
  }
  if (process.connected) process.disconnect()
}

/** The next order. Whoever is left alone stops. */
function order(): Promise<Order> {
  return new Promise((resolve) => {
    process.once('message', (text: Order) => resolve(text)).once('disconnect', () => resolve('stop'))
  })
}

function tell(message: Message): void {
  if (process.connected) process.send?.(message)
}

function die(phase: Phase): void {
  if (phase !== deadlyPhase) return
  if (lives === 0) process.kill(process.pid, 'SIGKILL')
  lives -= 1
}

async function dyingFetch(request: Request): Promise<Response> {
  if (!request.url.endsWith('/v1/sessions/refresh')) return fetch(request)
  die('sending')
  const answer = fetch(request)
  if (deadlyPhase === 'sent') setTimeout(() => die('sent'), 2)
  const response = await answer
  die('answered')
  return response
}

function dyingStore(store: TokenStore): TokenStore {
  let old: SessionRecord | undefined
  return {
    read: async () => {
      const record = await store.read()
      // The first reading only takes up the session; the next one is for a refresh.
      if (old) die('reading')
      old = record
      return record
    },
    replace: async (spent, next) => {
      if (deadlyPhase === 'storing') setImmediate(() => die('storing'))
      const stored = await store.replace(spent, next)
      if (stored) die('stored')
      return stored
    },
  }
}
