import { type KeySet, type KeyState, nextRotationAt } from '@countersign/core'
import type { Authority } from '../../compose/authority.ts'
import { settingsHelp } from '../../config/documentation.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { allSettings, folderHelp, folderSettings, withAuthority } from '../command/folder.ts'
import { timePhrase } from '../command/time-words.ts'

const own = allSettings.filter(({ key }) => key === 'keyRotationDays')

const usage = `Usage: countersign keys list

Lists the key sets, oldest first, with their state: signing, published (signs later), verifying only, retired, revoked.
Then it says when a running server makes the next one.

${settingsHelp(own)}
${folderHelp}
`

export const keysListCommand: Command = {
  name: 'keys list',
  summary: 'List the key sets.',
  async run(args, io) {
    const { json, flags } = readArguments(args, { usage, options: {}, settings: [...folderSettings, ...own] })
    const look = async ({ domain: { keys, clock }, config }: Authority) => ({
      ring: keys(),
      latest: clock.latest(),
      next: nextRotationAt(keys().sets, { days: config.keyRotationDays }),
    })
    const { ring, latest, next } = await withAuthority(flags, io, look, { changes: false })
    const sets = ring.sets.map((set) => ({ set, state: ring.stateOf(set, latest) }))
    if (json) {
      const keys = sets.map(({ set, state }) => wire(set, state))
      io.out(`${JSON.stringify({ keys, next_rotation_at: next ?? null })}\n`)
      return 0
    }
    for (const { set, state } of sets) io.out(`${words(set, state, latest)}\n`)
    io.out(`${nextInWords(next, latest)}\n`)
    return 0
  },
}

function nextInWords(next: number | undefined, now: number): string {
  if (next === undefined) return 'No server makes the next key set: countersign keys rotate does.'
  if (next <= now) return 'The next key set is due: a server makes it within 10 minutes, or when it starts.'
  return `A running server makes the next key set ${timePhrase(next, now)}.`
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
