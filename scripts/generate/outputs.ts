import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The files under `folders` that differ between the staging folder and the repository, sorted: changed, missing or left
 * over.
 *
 * @param staging Contains the generated files, laid out like `repository`.
 */
export const differences = (staging: string, repository: string, folders: readonly string[]): string[] =>
  folders
    .flatMap((folder) => [...new Set([...filesIn(staging, folder), ...filesIn(repository, folder)])])
    .filter((file) => textOf(staging, file) !== textOf(repository, file))
    .sort()

/** Moves the generated files into place, each by one rename, and deletes files that are left over. */
export const place = (staging: string, repository: string, folders: readonly string[]): string[] => {
  const changed = differences(staging, repository, folders)
  for (const file of changed) {
    const target = join(repository, file)
    if (!existsSync(join(staging, file))) {
      rmSync(target)
      continue
    }
    mkdirSync(dirname(target), { recursive: true })
    renameSync(join(staging, file), target)
  }
  return changed
}

const filesIn = (root: string, folder: string): string[] =>
  globSync(`${folder}/**/*.{ts,json}`, { cwd: root }).map((file) => file.replaceAll('\\', '/'))

const textOf = (root: string, file: string): string | undefined => {
  const path = join(root, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
