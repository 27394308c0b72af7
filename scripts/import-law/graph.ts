import { posix } from 'node:path'
import { type Floors, floorsOf, placeOf } from './floors.ts'
import { mostFilesInFolder } from './law.ts'
import type { Breach, SourceFile } from './source-file.ts'

/** What is wrong between files: imports that run up, circles, folders that hold too much, floors of nothing. */
export function structureBreaches(files: readonly SourceFile[]): readonly Breach[] {
  const sources = files.filter(({ isTest }) => !isTest)
  return [...sources.flatMap(floorFaults), ...circles(files), ...fullFolders(sources), ...floorsOfNothing(sources)]
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

/** One breach for each set of files that import one another in a circle: Tarjan's strongly connected components. */
function circles(files: readonly SourceFile[]): readonly Breach[] {
  const graph = new Map(files.map((file) => [file.path, imported(file)]))
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const found: Breach[] = []
  const visit = (path: string): number => {
    const index = order.size
    order.set(path, index)
    lowest.set(path, index)
    stack.push(path)
    for (const next of graph.get(path) ?? []) {
      if (!graph.has(next)) continue
      const reached = order.has(next) ? (stack.includes(next) ? (order.get(next) ?? index) : index) : visit(next)
      lowest.set(path, Math.min(lowest.get(path) ?? index, reached))
    }
    if (lowest.get(path) === index) {
      const circle = stack.splice(stack.indexOf(path))
      if (circle.length > 1) found.push({ path, fault: `imports itself by way of ${circle.slice(1).join(', ')}` })
    }
    return lowest.get(path) ?? index
  }
  for (const path of graph.keys()) if (!order.has(path)) visit(path)
  return found
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

/** Floors that name what is not there. */
function floorsOfNothing(sources: readonly SourceFile[]): readonly Breach[] {
  return Object.entries(floorsOf).flatMap(([folder, floors]: [string, Floors]) => {
    const inside = sources.map(({ path }) => sourceIn(folder, path)).filter((path) => path !== undefined)
    if (inside.length === 0) return []
    return floors
      .flat()
      .filter((entry) => entry !== 'generated')
      .filter(
        (entry) =>
          !inside.some((path) => path === entry || path.startsWith(`${entry.replace(/\*$/, '').replace(/\/$/, '')}/`)),
      )
      .map((entry) => ({ path: `${folder}/src/${entry}`, fault: 'has a floor and does not exist' }))
  })
}
