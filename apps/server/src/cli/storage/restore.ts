import { resolve } from 'node:path'
import { BackupError, type Restored } from '@countersign/store'
import { requireFile } from '../../compose/database-server.ts'
import { type Roll, readRoll, restoreFolder } from '../../compose/restoring.ts'
import { databaseFile } from '../../data-folder/data-folder.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { configFor, folderHelp, folderSettings, sayFolder } from '../command/folder.ts'
import { Refusal } from '../command/io.ts'

const usage = `Usage: countersign restore FILE [--keep-sessions] [--keep-credentials] [--backup-master-key-file FILE]

Replaces the database by a backup. Stop the server first: the command is refused while a server or another command has the
folder open. The replaced database is kept beside the new one.

Nothing that was revoked since the backup becomes valid again:
  1. If the replaced database is readable and a later state of the backup, revocations, disabled and deleted entries, and
     changes of users and clients are carried over. Every session ends, and every key set is revoked.
  2. Otherwise, every bearer credential ends: sessions, personal tokens, client secrets, access keys, API keys, recovery
     codes. Passwords and authenticators stay; users and their roles are listed for review.

  --keep-sessions
      In case 1: keep sessions and key sets.
  --keep-credentials
      In case 2: keep everything as it was at the time of the backup. For moving a server to another machine.
  --backup-master-key-file FILE
      If the master key was replaced since the backup: the key of then. The backup is sealed anew under the key of now.
${folderHelp}
`

const options = {
  'keep-sessions': { type: 'boolean' },
  'keep-credentials': { type: 'boolean' },
  'backup-master-key-file': { type: 'string' },
} as const

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'Replace the database by a backup.',
  async run(args, io) {
    const { values, positionals, json, flags } = readArguments(args, {
      usage,
      options,
      positionals: ['FILE'],
      settings: folderSettings,
    })
    const [name = ''] = positionals
    const config = configFor(flags, io)
    requireFile(
      config,
      'restore',
      'restore a PostgreSQL database by its own tools, such as pg_restore, and then run "countersign after-restore" before a server starts',
    )
    const file = resolve(name)
    const backupKey = values['backup-master-key-file']
    const keepSessions = values['keep-sessions'] === true
    const restored = await explained(
      restoreFolder(config, {
        file,
        keepSessions,
        keepCredentials: values['keep-credentials'] === true,
        backupKeyFile: backupKey === undefined ? undefined : resolve(backupKey),
      }),
    )
    const roll = restored.outcome === 'carried_over' ? undefined : await readRoll(config)
    const path = databaseFile(config.data)
    io.out(
      json ? `${JSON.stringify(wire(path, restored, roll))}\n` : `${words(path, file, restored, roll).join('\n')}\n`,
    )
    sayFolder(config, io)
    return 0
  },
}

/** Adds to the message which flag helps. @throws Refusal */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof BackupError && error.code === 'sessions_unknown')) throw error
    throw new Refusal(`${error.message}. Leave --keep-sessions out, or keep everything with --keep-credentials`)
  }
}

const states: Readonly<Record<Restored['replaced'], string>> = {
  later: 'the replaced database is a later state of the backup',
  absent: 'there was no database here',
  damaged: 'the replaced database is damaged',
  newer: 'a newer version of Countersign wrote the replaced database',
  other_key: 'the replaced database is sealed with another master key',
  unrelated: 'the replaced database is not a later state of the backup',
}

const nouns: Readonly<Record<keyof NonNullable<Restored['carried']>, string>> = {
  people_deleted: 'users deleted',
  people_disabled: 'users disabled',
  roles_changed: 'roles changed',
  ways_in_changed: 'users whose password, authenticator or required factors changed',
  clients_deleted: 'clients deleted',
  clients_disabled: 'clients disabled',
  secrets_revoked: 'client secrets revoked',
  authorizations_revoked: 'sessions and tokens revoked or ended',
}

function words(path: string, file: string, restored: Restored, roll: Roll | undefined): readonly string[] {
  const { kept } = restored
  return [
    `Restored ${path} from ${file}.`,
    ...(kept === undefined ? [] : [`The database that was there is kept as ${kept}.`]),
    ...(roll ? uncertain(restored, roll) : certain(restored)),
  ]
}

function certain({ sessions, carried, leftBehind }: Restored): readonly string[] {
  const counts = Object.entries(carried ?? {}).filter(([, count]) => count > 0)
  const names = [...(leftBehind?.people ?? []), ...(leftBehind?.clients ?? [])]
  return [
    'Changes since the backup that were carried over:',
    ...counts.map(([name, count]) => `  ${nouns[name as keyof typeof nouns]}: ${count}`),
    ...(counts.length === 0 ? ['  nothing'] : []),
    ...(names.length === 0 ? [] : [`Created since the backup, and lost: ${names.join(', ')}.`]),
    sessions === 'ended' ? 'Every session has ended, and every key set is revoked.' : 'Sessions and key sets are kept.',
  ]
}

const uncertain = ({ outcome, replaced }: Restored, roll: Roll): readonly string[] => [
  `What was ended since the backup is not known: ${states[replaced]}.`,
  ...wordsOfRoll(outcome === 'credentials_ended', roll),
]

/** What was ended or kept, and who is there. */
export function wordsOfRoll(ended: boolean, { people, clients }: Roll): readonly string[] {
  const disabled = (disabledAt: number | undefined) => (disabledAt === undefined ? '' : ' (disabled)')
  return [
    ended
      ? 'Every session, personal token, client secret, access key, API key and recovery code was revoked: create new ones.'
      : 'Everything is kept as it was at the time of the backup (--keep-credentials).',
    'Review who may do what:',
    ...people.map((one) => `  ${one.role.padEnd(7)}  ${one.username}${disabled(one.disabledAt)}`),
    ...clients.map((one) => `  ${one.role.padEnd(7)}  client ${one.name}${disabled(one.disabledAt)}`),
  ]
}

const wire = (path: string, { replaced, kept, outcome, sessions, carried, leftBehind }: Restored, roll?: Roll) => ({
  restored: path,
  outcome,
  sessions,
  replaced,
  kept: kept ?? null,
  ...(carried && { carried_over: carried }),
  ...(leftBehind && { made_since: leftBehind }),
  ...(roll && wireOfRoll(roll)),
})

export const wireOfRoll = (roll: Roll) => ({
  people: roll.people.map(({ username, role, disabledAt }) => ({
    username,
    role,
    disabled: disabledAt !== undefined,
  })),
  clients: roll.clients.map(({ name, role, disabledAt }) => ({ name, role, disabled: disabledAt !== undefined })),
})
