import { exportAudit } from '../../audit/audit-export.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, withAuthority } from '../command/folder.ts'

const usage = `Usage: countersign audit export FILE

Writes the audit trail to the end of FILE, or to a new one that nobody else can read: one JSON object a line, each with the hash
of the line before. It goes on where the last export ended, also one that was interrupted, and while a server runs. Entries that
were exported go from the database when they are older than COUNTERSIGN_AUDIT_DAYS.

To begin another file, name a new one: its first line follows the last one of the file before.

${folderHelp}
`

export const auditExportCommand: Command = {
  name: 'audit export',
  summary: 'Write the audit trail to a file.',
  async run(args, io) {
    const { positionals, json, flags } = readArguments(args, {
      usage,
      options: {},
      positionals: ['FILE'],
      settings: folderSettings,
    })
    const [file = ''] = positionals
    const { entries, through, hash } = await withAuthority(flags, io, ({ useCases: { audit } }) =>
      exportAudit(file, { audit }),
    )
    if (json) io.out(`${JSON.stringify({ file, entries, through, hash })}\n`)
    else if (entries === 0) io.out(`Nothing is new: ${file} ends with entry ${through}, ${hash}.\n`)
    else io.out(`Exported ${entries} to ${file}. It ends with entry ${through}, ${hash}.\n`)
    return 0
  },
}
