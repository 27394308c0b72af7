import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sectionOf, withSection } from './changelog.ts'
import { changeOf } from './commits.ts'
import { contractChanges } from './contract-changes.ts'
import { readContract } from './contract-facts.ts'
import { Repository } from './git.ts'
import { setVersion, versionOf } from './places.ts'
import { type Level, levels, neededLevel, ReleaseError, raise } from './version.ts'

const bundle = 'spec/gen/openapi.json'
const changelog = 'CHANGELOG.md'

export interface PlannedRelease {
  readonly from: string
  readonly version: string
  /** Its section of the changelog. */
  readonly section: string
}

/**
 * What the next release is. The first one, before any tag, has the version that the workspace has.
 *
 * @param asked Raises more than the changes need.
 * @throws ReleaseError if there is nothing to release, or less was asked for than the changes need.
 */
export function planRelease(root: string, asked?: Level): PlannedRelease {
  const repository = new Repository(root)
  const tag = repository.lastTag
  const from = versionOf(root)
  if (tag !== undefined && tag !== `v${from}`) {
    throw new ReleaseError(
      `the workspace has version ${from}, and the last tag is ${tag}: tag that release, or set its version back`,
    )
  }
  const commits = repository.commitsSince(tag)
  if (commits.length === 0) throw new ReleaseError(`there is no commit since ${tag}`)
  const changes = commits.flatMap((commit) => changeOf(commit) ?? [])
  const now = readContract(JSON.parse(readFileSync(join(root, bundle), 'utf8')))
  const contract =
    tag === undefined ? undefined : contractChanges(readContract(JSON.parse(repository.fileAt(tag, bundle))), now)
  const broken = [
    ...changes.filter(({ breaks }) => breaks !== undefined),
    ...(contract ?? []).filter(({ breaks }) => breaks),
  ]
  const needed = neededLevel(from, {
    breaks: broken.length > 0,
    adds: changes.some(({ type }) => type === 'feat') || (contract ?? []).length > 0,
  })
  if (tag !== undefined && asked !== undefined && levels.indexOf(asked) < levels.indexOf(needed)) {
    throw new ReleaseError(`the changes since ${tag} need a ${needed} version, not a ${asked} one`)
  }
  const version = tag === undefined && asked === undefined ? from : raise(from, asked ?? needed)
  return { from, version, section: sectionOf({ version, day: repository.day, changes, contract }) }
}

/**
 * Writes the changelog and the version. What is made of the contract has to be generated afterwards.
 *
 * @throws ReleaseError if files are not committed.
 */
export function writeRelease(root: string, { from, version, section }: PlannedRelease): void {
  const [changed] = new Repository(root).changedFiles
  if (changed !== undefined) throw new ReleaseError(`${changed} is not committed: a release is made of commits`)
  const file = join(root, changelog)
  const text = withSection(existsSync(file) ? readFileSync(file, 'utf8') : undefined, section)
  setVersion(root, from, version)
  writeFileSync(file, text)
}
