/**
 * Makes the next version of all packages and of the contract, with its section of the changelog.
 *
 *     pnpm release [major|minor|patch] [--dry-run]
 */
import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { planRelease, writeRelease } from './release/release.ts'
import { type Level, levels, ReleaseError } from './release/version.ts'

const help = `pnpm release [major|minor|patch] [--dry-run]

Computes the next version from the commits and the contract's differences since the last tag (v1.2.3), and writes
  CHANGELOG.md                the section of this version
  */package.json, spec/       the version
and what \`pnpm generate\` makes of the contract. It commits nothing, and says how to.

  major, minor, patch   raise this part, if the changes do not need more
  --dry-run             print the version and the section, and change nothing
  --help                this text
`

const root = resolve(import.meta.dirname, '..')
const isLevel = (word: string): word is Level => levels.some((level) => level === word)

try {
  const options = { 'dry-run': { type: 'boolean' }, help: { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [asked, more] = positionals
  if (values.help) {
    process.stdout.write(help)
  } else if (more !== undefined || (asked !== undefined && !isLevel(asked))) {
    throw new ReleaseError(`${JSON.stringify(more ?? asked)} is none of ${levels.join(', ')}`)
  } else {
    const release = planRelease(root, asked)
    if (values['dry-run']) {
      process.stdout.write(`${release.from} -> ${release.version}\n\n${release.section}`)
    } else {
      writeRelease(root, release)
      execFileSync(process.execPath, [join(root, 'scripts/generate.ts')], { cwd: root, stdio: ['ignore', 2, 2] })
      const { version } = release
      process.stdout.write(`${version}\n\nRead CHANGELOG.md, and then:\n`)
      process.stdout.write(
        `  git add -A && git commit -m 'chore: release ${version}' && git tag -a v${version} -m v${version}\n`,
      )
    }
  }
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  if (!(error instanceof ReleaseError) && !isUsage) throw error
  console.error(`release: ${error.message}`)
  process.exitCode = 1
}
