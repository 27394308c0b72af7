import type { EngineFacts } from '../engine.ts'
import { StoreOpenError } from '../store-open-error.ts'
import { PostgresFault } from './fault.ts'
import { lent, type Sessions } from './session.ts'

const oldestVersion = 13

/** What durability, the order of text and what units see depend on, as the database itself reports it. */
const settings = [
  'server_encoding',
  'synchronous_commit',
  'fsync',
  'full_page_writes',
  'transaction_isolation',
] as const
type Setting = 'server_version' | (typeof settings)[number]

const read = async (sessions: Sessions): Promise<Readonly<Record<Setting, string>>> => {
  const names = ['server_version', ...settings]
  // A database that does not know a setting says so with NULL.
  const text = `select ${names.map((name) => `current_setting('${name}', true)`).join(', ')}`
  const [row = []] = (await lent(sessions, (session) => session.query({ text }))).rows
  return Object.fromEntries(names.map((name, at) => [name, String(row[at] ?? '')])) as Record<Setting, string>
}

/** @throws StoreOpenError `unreachable`, `engine_too_old`, `setting_refused`. */
export const requireUsable = async (sessions: Sessions): Promise<void> => {
  const found = await reached(sessions)
  const version = Number.parseInt(found.server_version, 10)
  if (version < oldestVersion) {
    throw new StoreOpenError('engine_too_old', `PostgreSQL ${found.server_version} is older than ${oldestVersion}`)
  }
  if (found.server_encoding !== 'UTF8') {
    const message = `${sessions.label} has the encoding ${found.server_encoding}: make a database with the encoding UTF8`
    throw new StoreOpenError('setting_refused', message)
  }
  if (found.synchronous_commit === 'off') {
    const message = `${sessions.label} answers synchronous_commit = off, which loses acknowledged writes: set it to on`
    throw new StoreOpenError('setting_refused', message)
  }
}

const reached = async (sessions: Sessions): Promise<Readonly<Record<Setting, string>>> => {
  try {
    return await read(sessions)
  } catch (error) {
    if (!(error instanceof PostgresFault)) throw error
    throw new StoreOpenError('unreachable', `${sessions.label} cannot be used: ${error.message}`, error)
  }
}

/** What a crash of the machine may lose is a fault, although the database runs. */
export const factsOf = async (sessions: Sessions): Promise<EngineFacts> => {
  const { server_version: version, ...found } = await read(sessions)
  const volatile = (['fsync', 'full_page_writes'] as const).filter((name) => found[name] === 'off')
  return {
    engine: 'postgresql',
    version,
    settings: found,
    faults: volatile.map((name) => `${name} = off: a crash of the machine may lose acknowledged writes`),
    files: [],
    replaced: false,
  }
}
