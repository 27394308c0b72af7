// One of many processes that share a session on disk: calls without a pause, tells what happens, and kills itself at
// the phase it is told to. It has no password, so a session that is lost cannot be begun again unseen.
import { createClient, isClientError, passwordSession, type SessionRecord, type TokenStore } from '@countersign/client'
import { fileStore } from '@countersign/client/node'
import type { Message, Phase } from './session-message.ts'

const [, , baseUrl = '', path = '', deadlyPhase] = process.argv
await work()

async function work(): Promise<void> {
  const auth = passwordSession({ username: 'ada', store: dyingStore(fileStore(path)) })
  const client = createClient({ baseUrl, auth, fetch: dyingFetch })
  let working = true
  process.on('message', () => {
    working = false
  })
  while (working) {
    try {
      const { response } = await client.GET('/v1/me')
      tell(response.ok ? { kind: 'served' } : { kind: 'logged out', reason: `HTTP ${response.status}` })
    } catch (error) {
      if (!isClientError(error)) throw error
      tell({ kind: error.code === 'transport_failed' ? 'lost' : 'logged out', reason: error.message })
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  process.disconnect()
}

function tell(message: Message): void {
  process.send?.(message)
}

function die(phase: Phase): void {
  if (phase === deadlyPhase) process.kill(process.pid, 'SIGKILL')
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
