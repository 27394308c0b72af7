// The text of a release: what its commits say, and what has changed in the contract.
import type { Change } from './commits.ts'
import type { ContractChange } from './contract-changes.ts'

export interface Release {
  readonly version: string
  /** Of its last commit: 2026-11-29. */
  readonly day: string
  readonly changes: readonly Change[]
  /** `undefined` for the first release, which has nothing to be compared with. */
  readonly contract: readonly ContractChange[] | undefined
}

const heading = `# Changelog

Each release has the changes that its commits state, and the differences of the contract to the release before. What breaks callers is
marked.
`

/** The section of one release. The first one tells no fixes: what was mended was never published. */
export function sectionOf({ version, day, changes, contract }: Release): string {
  const line = ({ scope }: Change, text: string) => `${scope === undefined ? '' : `**${scope}**: `}${text}`
  const of = (...types: string[]) =>
    changes.filter(({ type }) => types.includes(type)).map((change) => line(change, change.subject))
  const features = list('Features', of('feat'))
  const head = `## ${version} (${day})\n`
  if (!contract) return [head, 'The first release.\n', ...features].join('\n')
  const breaking = changes.flatMap((change) => (change.breaks === undefined ? [] : line(change, change.breaks)))
  const differences = contract.toSorted((a, b) => Number(b.breaks) - Number(a.breaks))
  return [
    head,
    ...list('Breaking changes', breaking),
    ...features,
    ...list('Fixes', of('fix', 'perf', 'revert')),
    ...list(
      'The contract',
      differences.map(({ breaks, text }) => `${breaks ? '**Breaking:** ' : ''}${text}`),
    ),
  ].join('\n')
}

const list = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`### ${title}\n`, `${[...new Set(lines)].map((line) => wrap(`- ${line}`)).join('\n')}\n`]

const longestLine = 140

function wrap(line: string): string {
  const end = line.length > longestLine ? line.lastIndexOf(' ', longestLine) : -1
  return end < 3 ? line : `${line.slice(0, end)}\n${wrap(`  ${line.slice(end + 1)}`)}`
}

/** The changelog with this section first. A section of the same version is replaced. */
export function withSection(changelog: string | undefined, section: string): string {
  const sections = (changelog ?? '').split(/^(?=## )/m).filter((text) => text.startsWith('## '))
  const version = (text: string) => /^## (\S+)/.exec(text)?.[1]
  const others = sections.filter((text) => version(text) !== version(section))
  return [heading, `${section.trim()}\n`, ...others.map((text) => `${text.trim()}\n`)].join('\n')
}
