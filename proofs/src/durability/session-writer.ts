/** Stores a session twice in a folder that is yet to be made, and empties the store: `session-writer.ts FOLDER`. */
import type { SessionRecord } from '@countersign/client'
import { fileStore } from '@countersign/client/node'

const record = (name: string): SessionRecord => ({
  retryKey: `key-${name}`,
  kind: 'password',
  baseUrl: 'https://auth.example',
  accessToken: `access-${name}`,
  refreshToken: `refresh-${name}`,
  issuedAt: 1_800_000_000,
  expiresAt: 1_800_000_600,
})

const store = fileStore(process.argv[2] ?? '')
await store.replace(undefined, record('a'))
// As a session does it: in space that was reserved before.
const reservation = await store.reserve?.()
await reservation?.replace(record('a'), record('b'))
await reservation?.release()
await store.replace(record('b'), undefined)
