import { posix } from 'node:path'
import type { Entries } from './entries.ts'
import { homes, type Part, parts, pathsAcross, proofParts, storeOpeners, testingEntries } from './law.ts'
import type { SourceFile } from './source-file.ts'

const partOf = (path: string): Part | undefined => parts.find(({ folder }) => path.startsWith(`${folder}/`))

/** What is wrong with one import, if anything. */
export function importFault(file: SourceFile, specifier: string, entries: Entries): string | undefined {
  if (specifier.startsWith('.')) return pathFault(file, posix.join(posix.dirname(file.path), specifier))
  if (specifier.startsWith('@countersign/')) return packageFault(file, specifier, entries)
  return dependencyFault(file, specifier)
}

function pathFault(file: SourceFile, target: string): string | undefined {
  const [from, to] = [partOf(file.path), partOf(target)]
  const allowed = pathsAcross.some((it) => it.from.test(file.path) && it.to.test(target))
  if (from !== to && !allowed) return `imports ${target} by path: other packages are imported by name`
  if (!file.isTest && /\/testing\//.test(target)) return `imports ${target}: what is for tests is not for the product`
  return undefined
}

function packageFault(file: SourceFile, specifier: string, entries: Entries): string | undefined {
  const part = partOf(file.path)
  const [, name = ''] = specifier.split('/')
  const isProof = proofParts.some((folder) => file.path.startsWith(`${folder}/`))
  if (!entries.has(specifier)) return `imports ${specifier}, which is no public entry`
  if (testingEntries.test(specifier) && !file.isTest && !isProof) return `imports ${specifier}: it is for tests`
  const known = [...(part?.knows ?? []), ...(file.isTest ? (part?.testsKnow ?? []) : [])]
  const isOwn = part?.folder.endsWith(`/${name}`) ?? false
  if (part && !known.includes(name) && !(isOwn && file.isTest))
    return `imports ${specifier}: ${part.folder} must not know it`
  if (name === 'store' && part?.folder === 'apps/server' && !file.isTest && !storeOpeners.test(file.path)) {
    return `imports ${specifier}: the store is opened in one place`
  }
  return undefined
}

function dependencyFault(file: SourceFile, specifier: string): string | undefined {
  const part = partOf(file.path)
  if (specifier.startsWith('node:') && part?.builtins && !file.isTest && !part.builtins.includes(specifier)) {
    return `imports ${specifier}: ${part.folder} must not know it`
  }
  const free = file.isTest || part === undefined || [...proofParts, 'scripts'].includes(part.folder)
  const home = homes.find((it) => it.of.test(specifier))
  return home && !free && !home.in.test(file.path) ? `imports ${specifier}: ${home.why}` : undefined
}
