import { BrokenAuditFile, verifyAuditFile } from '../../audit/audit-file.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'

const usage = `Usage: countersign audit verify FILE

Verifies a file that "audit export" wrote. It reports the first line that was changed, removed, added or moved, with exit
status 1. It needs no data folder. Lines missing at the end, and a file rewritten from the beginning, show only in the last
hash: compare it with the one that "audit export" printed.

  --json
      One line of JSON on standard output.
`

export const auditVerifyCommand: Command = {
  name: 'audit verify',
  summary: 'Verify that an exported audit trail is unchanged.',
  isLong: true,
  async run(args, io) {
    const { positionals, json } = readArguments(args, { usage, options: {}, positionals: ['FILE'] })
    const [file = ''] = positionals
    try {
      const { entries, first, last, previous, hash } = verifyAuditFile(file)
      if (json) io.out(`${JSON.stringify({ file, ok: true, entries, first, last, previous, hash })}\n`)
      else if (entries === 0) io.out(`${file} has no entry.\n`)
      else io.out(`${file} is unchanged: ${entries}, from entry ${first} to ${last}. It ends with ${hash}.\n`)
      return 0
    } catch (error) {
      if (!json || !(error instanceof BrokenAuditFile)) throw error
      io.out(`${JSON.stringify({ file, ok: false, line: error.line, fault: error.fault })}\n`)
      return 1
    }
  },
}
