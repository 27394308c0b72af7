import { type Entries, entriesOf } from './entries.ts'
import { structureBreaches } from './graph.ts'
import { importFault } from './import-fault.ts'
import {
  deepestFolders,
  forbiddenNames,
  longestFileLines,
  longestTestLines,
  mayDefaultExport,
  storeOpeners,
  throughPortsOnly,
} from './law.ts'
import { type Breach, type SourceFile, sourceFilesOf } from './source-file.ts'

/** Every breach of the law below this folder, by path. */
export function breachesOf(root: string): readonly Breach[] {
  const entries = entriesOf(root)
  const files = sourceFilesOf(root)
  const ofFiles = files.flatMap((file) => {
    const imports = file.imports.map((specifier) => importFault(file, specifier, entries))
    const faults = [...shapeFaults(file, entries), ...imports]
    return faults.filter((fault) => fault !== undefined).map((fault) => ({ path: file.path, fault }))
  })
  return [...ofFiles, ...structureBreaches(files)]
}

function shapeFaults(file: SourceFile, entries: Entries): readonly (string | undefined)[] {
  const parts = file.path.split('/')
  const longest = file.isTest ? longestTestLines : longestFileLines
  const src = parts.indexOf('src')
  const depth = src === -1 ? 0 : parts.length - src - 2
  const named = parts.map((part) => part.replace(/\..*$/, '')).find((part) => forbiddenNames.includes(part))
  const isBarrel = parts.at(-1) === 'index.ts' && ![...entries.values()].includes(file.path)
  return [
    file.lines > longest ? `has ${file.lines} lines: at most ${longest}` : undefined,
    depth > deepestFolders ? `lies ${depth} folders below src: at most ${deepestFolders}` : undefined,
    named && `is named ${named}: say what it owns`,
    isBarrel ? "is a barrel: only a package's entries are" : undefined,
    file.path.startsWith('apps/server/src/') && !file.isTest && file.reachesStore && !storeOpeners.test(file.path)
      ? 'reaches the store: it calls use cases'
      : undefined,
    ...(throughPortsOnly.test(file.path) && !file.isTest
      ? file.environmentUses.map((name) => `uses ${name}: it comes through a port`)
      : []),
    file.hasDefaultExport && !mayDefaultExport.test(file.path) ? 'has a default export' : undefined,
  ]
}
