/**
 * Generates everything that derives from the contract: the bundle, its types and the server's stubs. It knows the
 * contract's folder and the places of the results, but not their content.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { BundleError } from '../spec/bundler/join.ts'
import { LintError } from '../spec/lint/lint-report.ts'
import { generate, ObstacleError } from './generate/generate.ts'
import { RunError } from './generate/run.ts'
import { stubsObstacle } from './generate/stubs.ts'

const help = `pnpm generate [--check]

Bundles and lints spec/, and generates from it
  spec/gen/openapi.json                  the bundle
  spec/gen/types.ts                      its types, and which operations read no access token
  spec/gen/compiled/                     the validators of requests, compiled
  apps/server/src/generated/index.ts     the server's stubs (needs Java 11 or newer)

  --check   generate into a temporary folder, change nothing, list what differs; exit 1 if anything does
  --help    this text

Without Java, or if the generator's JAR cannot be downloaded, the stubs are not generated. Then only edits by hand and a changed
contract are detected, and the last lines report it. With CI=true this is an error.
`

const options = { check: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } as const

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const repository = resolve(import.meta.dirname, '..')
  const { changed, unmade } = await generate({
    repository,
    target: repository,
    check: values.check,
    obstacle: await stubsObstacle(repository),
    strict: process.env.CI === 'true',
    say: (line) => console.log(line),
  })
  if (unmade !== undefined) console.log(unmade)
  if (changed.length === 0) {
    console.log(unmade === undefined ? 'everything is up to date' : 'everything that was checked is up to date')
    return 0
  }
  console.log(values.check ? 'not what `pnpm generate` makes:' : 'changed:')
  for (const file of changed) console.log(`  ${file}`)
  return values.check ? 1 : 0
}

try {
  process.exitCode = await main()
} catch (error) {
  const expected =
    error instanceof BundleError ||
    error instanceof LintError ||
    error instanceof RunError ||
    error instanceof ObstacleError ||
    (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  if (!expected) throw error
  console.error(error.message)
  process.exitCode = 2
}
