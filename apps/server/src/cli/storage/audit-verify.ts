import { BrokenAuditFile, verifyAuditFile } from '../../audit/audit-file.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'

const usage = `Usage: countersign audit verify FILE

Reads a file that "audit export" wrote, and says the first line that was changed, removed, added or moved; then the exit status is 1.
It needs no data folder. That lines are missing at the end, or that the file was written anew from the beginning, is seen by its last
hash: keep what "audit export" said.

  --json
      One line of JSON on standard output.
`

export const auditVerifyCommand: Command = {
  name: 'audit verify',
  summary: 'Prove that an exported audit trail is as it was written.',
  async run(args, io) {
    const { positionals, json } = readArguments(args, { usage, options: {}, positionals: ['FILE'] })
    const [file = ''] = positionals
    try {
      const { entries, first, last, previous, hash } = verifyAuditFile(file)
      if (json) io.out(`${JSON.stringify({ file, ok: true, entries, first, last, previous, hash })}\n`)
      else if (entries === 0) io.out(`${file} has no entry.\n`)
      else io.out(`${file} is unbroken: ${entries}, from entry ${first} to ${last}. It ends with ${hash}.\n`)
      return 0
    } catch (error) {
      if (!json || !(error instanceof BrokenAuditFile)) throw error
      io.out(`${JSON.stringify({ file, ok: false, line: error.line, fault: error.fault })}\n`)
      return 1
    }
  },
}
