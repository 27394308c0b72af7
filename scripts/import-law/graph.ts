import { posix } from 'node:path'
import { floorsOf, placeOf } from './floors.ts'
import { mostFilesInFolder } from './law.ts'
import type { Breach, SourceFile } from './source-file.ts'

/** What is wrong between files: imports that run up, and folders that hold too much. */
export function structureBreaches(files: readonly SourceFile[]): readonly Breach[] {
  const sources = files.filter(({ isTest }) => !isTest)
  return [...sources.flatMap(floorFaults), ...fullFolders(sources)]
}

const sourceIn = (folder: string, path: string): string | undefined =>
  path.startsWith(`${folder}/src/`) ? path.slice(folder.length + '/src/'.length) : undefined

/** A file, and each file that it imports by path. */
const imported = (file: SourceFile): readonly string[] =>
  file.imports
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(posix.dirname(file.path), specifier))

function floorFaults(file: SourceFile): readonly Breach[] {
  const [folder, floors] = Object.entries(floorsOf).find(([name]) => sourceIn(name, file.path) !== undefined) ?? []
  if (folder === undefined || floors === undefined) return []
  const own = placeOf(floors, sourceIn(folder, file.path) ?? '')
  if (!own) return [{ path: file.path, fault: `lies in a folder that ${folder} has no floor for` }]
  return imported(file).flatMap((target) => {
    const inside = sourceIn(folder, target)
    const other = inside === undefined ? undefined : placeOf(floors, inside)
    if (!other || other.entry === own.entry || other.floor > own.floor) return []
    const fault = `imports ${inside}: ${other.entry} ${other.floor < own.floor ? 'stands above' : 'stands beside'} ${own.entry}`
    return [{ path: file.path, fault }]
  })
}

function fullFolders(sources: readonly SourceFile[]): readonly Breach[] {
  const counts = new Map<string, number>()
  for (const { path } of sources) {
    if (/(^|\/)src\//.test(path)) counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1)
  }
  return [...counts]
    .filter(([, count]) => count > mostFilesInFolder)
    .map(([path, count]) => ({ path, fault: `holds ${count} source files: at most ${mostFilesInFolder}` }))
}
