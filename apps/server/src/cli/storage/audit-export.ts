import { exportAudit } from '../../audit/audit-export.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, withAuthority } from '../command/folder.ts'

const usage = `Usage: countersign audit export FILE

Appends the audit trail to FILE. A new file is readable only by its owner. The file has one JSON object per line, each with
the hash of the line before. An export continues where the last one ended, even if that was interrupted, and may run beside
a server. Exported entries are deleted from the database when they are older than COUNTERSIGN_AUDIT_DAYS.

To start another file, name a new one: its first line continues the chain of the previous file.

${folderHelp}
`

export const auditExportCommand: Command = {
  name: 'audit export',
  summary: 'Write the audit trail to a file.',
  isLong: true,
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
    else if (entries === 0) io.out(`No new entries: ${file} ends with entry ${through}, ${hash}.\n`)
    else io.out(`Exported ${entries} to ${file}. It ends with entry ${through}, ${hash}.\n`)
    return 0
  },
}
