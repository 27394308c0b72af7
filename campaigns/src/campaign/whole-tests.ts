import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Campaign } from './campaign.ts'

const root = resolve(import.meta.dirname, '../../..')

/** Tests of which CI runs a part. They run all of it where the variable COUNTERSIGN_WHOLE is the campaign's name. */
export interface WholeTestsParts {
  readonly name: string
  readonly summary: string
  /** How long it takes, e.g. `ten minutes`. */
  readonly takes: string
  /** The project of the tests, or several. */
  readonly project: string | readonly string[]
  /** Parts of the names of the test files. */
  readonly files: readonly string[]
}

export function wholeTestsCampaign({ name, summary, takes, project, files }: WholeTestsParts): Campaign {
  return {
    name,
    summary,
    usage: `usage: pnpm campaign ${name}\n\nIt has no options, and takes about ${takes}.`,
    async run(args) {
      if (args.length > 0) throw new TypeError(`there is no option ${args[0]}`)
      const projects = [project].flat().flatMap((one) => ['--project', one])
      const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...projects, ...files]
      const env = { ...process.env, COUNTERSIGN_WHOLE: name }
      const child = spawn(process.execPath, vitest, { cwd: root, env, stdio: 'inherit' })
      const [status] = await once(child, 'close')
      return status === 0
    },
  }
}
