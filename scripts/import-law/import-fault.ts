import { posix } from 'node:path'
import type { Entries } from './entries.ts'
import { homes, pathsAcross, proofRooms, type Room, rooms, serverParts, storeOpeners, testingEntries } from './law.ts'
import type { SourceFile } from './source-file.ts'

const roomOf = (path: string): Room | undefined => rooms.find(({ folder }) => path.startsWith(`${folder}/`))

/** What is wrong with one import, if anything. */
export function importFault(file: SourceFile, specifier: string, entries: Entries): string | undefined {
  if (specifier.startsWith('.')) return pathFault(file, posix.join(posix.dirname(file.path), specifier))
  if (specifier.startsWith('@countersign/')) return packageFault(file, specifier, entries)
  return dependencyFault(file, specifier)
}

function pathFault(file: SourceFile, target: string): string | undefined {
  const [from, to] = [roomOf(file.path), roomOf(target)]
  const allowed = pathsAcross.some((it) => it.from.test(file.path) && it.to.test(target))
  if (from !== to && !allowed) return `imports ${target} by path: other rooms are imported by name`
  if (!file.isTest && /\/testing\//.test(target)) return `imports ${target}: what is for tests is not for the product`
  if (file.isTest) return undefined
  return (
    dialectFault(file.path, target) ?? serverParts.find((it) => it.from.test(file.path) && it.notTo.test(target))?.why
  )
}

/** Each dialect is an island: its own folder, and what all dialects share. */
function dialectFault(path: string, target: string): string | undefined {
  const folder = /^apps\/server\/src\/dialects\/(?!kit\/)([^/]+)\//
  const [, from] = folder.exec(path) ?? []
  const [, to] = folder.exec(target) ?? []
  return from !== undefined && to !== undefined && from !== to
    ? `imports the dialect ${to}: dialects are islands`
    : undefined
}

function packageFault(file: SourceFile, specifier: string, entries: Entries): string | undefined {
  const room = roomOf(file.path)
  const [, name = ''] = specifier.split('/')
  const isProof = proofRooms.some((folder) => file.path.startsWith(`${folder}/`))
  if (!entries.has(specifier)) return `imports ${specifier}, which is no public entry`
  if (testingEntries.test(specifier) && !file.isTest && !isProof) return `imports ${specifier}: it is for tests`
  const known = [...(room?.knows ?? []), ...(file.isTest ? (room?.testsKnow ?? []) : [])]
  const isOwn = room?.folder.endsWith(`/${name}`) ?? false
  if (room && !known.includes(name) && !(isOwn && file.isTest))
    return `imports ${specifier}: ${room.folder} must not know it`
  if (name === 'store' && room?.folder === 'apps/server' && !file.isTest && !storeOpeners.test(file.path)) {
    return `imports ${specifier}: the store is opened in one place`
  }
  return undefined
}

function dependencyFault(file: SourceFile, specifier: string): string | undefined {
  const room = roomOf(file.path)
  if (specifier.startsWith('node:') && room?.builtins && !file.isTest && !room.builtins.includes(specifier)) {
    return `imports ${specifier}: ${room.folder} must not know it`
  }
  const free = file.isTest || room === undefined || ['proofs', 'bench', 'scripts'].includes(room.folder)
  const home = homes.find((it) => it.of.test(specifier))
  return home && !free && !home.in.test(file.path) ? `imports ${specifier}: ${home.why}` : undefined
}
