import { localCaller } from '@countersign/core'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { allSettings, folderHelp, folderSettings, withAuthority } from '../command/folder.ts'
import { timePhrase } from '../command/time-words.ts'

const usage = `Usage: countersign keys rotate [--signing-algorithm ES256|EdDSA]

Creates the next key set. It is published at once, and signs once verifiers have had time to fetch it. The previous set
keeps verifying until the last token issued under it has expired, so that no token becomes invalid.

  --signing-algorithm ES256|EdDSA
      Default: as configured.
${folderHelp}
`

const settings = [...folderSettings, ...allSettings.filter(({ key }) => key === 'signingAlgorithm')]

export const keysRotateCommand: Command = {
  name: 'keys rotate',
  summary: 'Create the next key set.',
  async run(args, io) {
    const { json, flags } = readArguments(args, { usage, options: {}, settings })
    const { set, now } = await withAuthority(flags, io, async ({ domain, config, useCases }) => ({
      set: await useCases.keys.rotate(config.signingAlgorithm, localCaller),
      now: domain.clock.now(),
    }))
    const { number, kid, algorithm, activatesAt } = set
    if (json) io.out(`${JSON.stringify({ number, kid, algorithm, activates_at: activatesAt })}\n`)
    else io.out(`Made key set ${number}, ${algorithm} ${kid}. It signs ${timePhrase(activatesAt, now)}.\n`)
    return 0
  },
}
