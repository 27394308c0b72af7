import type { KeyRing, KeySet } from '@countersign/core'
import type { Authority } from '../../compose/authority.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, withAuthority } from '../command/folder.ts'
import { timePhrase } from '../command/time-words.ts'

const usage = `Usage: countersign keys list

Lists the key sets, oldest first, with their state: signing, published (signs later), verifying only, retired, revoked.

${folderHelp}
`

export const keysListCommand: Command = {
  name: 'keys list',
  summary: 'List the key sets.',
  async run(args, io) {
    const { json, flags } = readArguments(args, { usage, options: {}, settings: folderSettings })
    const look = async ({ domain: { keys, clock } }: Authority) => ({ ring: keys(), latest: clock.latest() })
    const { ring, latest } = await withAuthority(flags, io, look, { changes: false })
    const sets = ring.sets.map((set) => ({ set, state: stateOf(set, ring, latest) }))
    if (json) io.out(`${JSON.stringify({ keys: sets.map(({ set, state }) => wire(set, state)) })}\n`)
    else for (const { set, state } of sets) io.out(`${words(set, state, latest)}\n`)
    return 0
  },
}

type KeyState = 'signing' | 'published' | 'verifying' | 'retired' | 'revoked'

function stateOf(set: KeySet, ring: KeyRing, latest: number): KeyState {
  if (set.revokedAt !== undefined) return 'revoked'
  if (ring.current(latest).kid === set.kid) return 'signing'
  if (set.activatesAt > latest) return 'published'
  return ring.forSignature(set.kid, latest) ? 'verifying' : 'retired'
}

/** Times are epoch seconds. */
const wire = (set: KeySet, state: KeyState) => ({
  number: set.number,
  kid: set.kid,
  algorithm: set.algorithm,
  state,
  created_at: set.createdAt,
  activates_at: set.activatesAt,
  superseded_at: set.supersededAt ?? null,
  revoked_at: set.revokedAt ?? null,
})

function words(set: KeySet, state: KeyState, now: number): string {
  const when: Record<KeyState, string> = {
    // A set signs early if the set before it was revoked.
    signing: set.activatesAt > now ? 'ahead of its time' : `since ${timePhrase(set.activatesAt, now)}`,
    published: `signs ${timePhrase(set.activatesAt, now)}`,
    verifying: `superseded ${timePhrase(set.supersededAt ?? now, now)}`,
    retired: 'refresh tokens and opaque tokens only',
    revoked: timePhrase(set.revokedAt ?? now, now),
  }
  return `${String(set.number).padStart(3)}  ${set.kid}  ${set.algorithm}  ${state}, ${when[state]}`
}
