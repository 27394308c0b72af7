import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Campaign } from './campaign.ts'

const root = resolve(import.meta.dirname, '../../..')

/** The recipes of docs/recipes, each in a copy of the repository of its own. In CI they are followed together. */
export const recipes: Campaign = {
  name: 'recipes',
  summary: 'the recipes of docs/recipes, one by one, and each of the dialects removed',
  usage: 'usage: pnpm campaign recipes\n\nIt has no options, and takes about ten minutes.',
  async run(args) {
    if (args.length > 0) throw new TypeError(`there is no option ${args[0]}`)
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'workspace', 'recipes']
    const env = { ...process.env, COUNTERSIGN_RECIPES: 'whole' }
    const child = spawn(process.execPath, vitest, { cwd: root, env, stdio: 'inherit' })
    const [status] = await once(child, 'close')
    return status === 0
  },
}
