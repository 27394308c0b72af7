// The checks of `doctor`. Each examines one thing. They open the folder themselves, because they look for faults that
// keep a server from starting.
import { statSync } from 'node:fs'
import { isCodeOnly, KeyRing, type MasterKey, type Policy, pagesOf, suffices, type User } from '@countersign/core'
import type { StoreFacts, StoreHandle } from '@countersign/store'
import { DatabaseClock } from '../../adapters/database-clock.ts'
import { type SystemClock, tolerableLagSeconds } from '../../adapters/system-clock.ts'
import { overdueBefore } from '../../audit/audit-keeping.ts'
import { keyRetention } from '../../compose/authority.ts'
import { databaseLabel, isOnServer } from '../../compose/database-server.ts'
import type { Config } from '../../config/config.ts'
import { databaseFile, hasDatabase, isOpenToOthers } from '../../data-folder/data-folder.ts'
import { asUser, otherOwner } from '../../data-folder/folder-owner.ts'
import { readMasterKey } from '../../data-folder/master-key.ts'
import { type TermState, termOf, termStateOf } from '../../tls/certificate-term.ts'
import { loadTls } from '../../tls/tls.ts'
import { lengthPhrase, timePhrase } from '../command/time-words.ts'

export interface Finding {
  readonly check: string
  readonly outcome: 'ok' | 'warn' | 'fail'
  readonly detail: string
}

const finding =
  (outcome: Finding['outcome']) =>
  (check: string, detail: string): Finding => ({ check, outcome, detail })
export const ok = finding('ok')
export const warn = finding('warn')
export const fail = finding('fail')

export function examineFolder({ data }: Config): readonly Finding[] {
  if (!statSync(data, { throwIfNoEntry: false })?.isDirectory()) return [fail('data folder', `${data} does not exist`)]
  const owner = otherOwner(data)
  if (owner !== undefined)
    return [fail('data folder', `${data} belongs to ${owner}: ${asUser(owner)} countersign doctor`)]
  if (!hasDatabase(data)) return [fail('data folder', `${data} has no database: it was never initialised`)]
  return [
    isOpenToOthers(data) ? warn('data folder', `${data} is open to others: chmod 700 it`) : ok('data folder', data),
  ]
}

/** Throws what `readMasterKey` throws. */
export function examineMasterKey({ masterKeyFile }: Config): readonly [Finding, MasterKey | undefined] {
  const key = readMasterKey(masterKeyFile)
  if (!key) return [fail('master key', `${masterKeyFile} is missing`), undefined]
  return [ok('master key', `${masterKeyFile}, 32 bytes, closed to others`), key]
}

/** Checks the TLS certificate, if there is one. Throws what `loadTls` throws. */
export async function examineCertificate(config: Config, now: number): Promise<readonly Finding[]> {
  // The server renews a self-signed certificate by itself.
  const tls = config.tlsCert === undefined ? undefined : await loadTls(config, now * 1000)
  if (tls === undefined) return []
  const { from, until } = termOf(tls.cert)
  const left = lengthPhrase(Math.abs(until - now))
  const certificate = `${config.tlsCert}`
  const found: Record<TermState, () => Finding> = {
    valid: () => ok('certificate', `${certificate} is valid for ${left}`),
    certificate_ends_soon: () => warn('certificate', `${certificate} expires in ${left}: renew it`),
    certificate_expired: () => warn('certificate', `${certificate} expired ${left} ago: clients refuse it`),
    certificate_not_yet_valid: () =>
      warn('certificate', `${certificate} is not valid for another ${lengthPhrase(from - now)}: clients refuse it`),
  }
  return [found[termStateOf({ from, until }, now)]()]
}

export async function examineDatabase(store: StoreHandle, config: Config): Promise<readonly Finding[]> {
  const facts = await store.check()
  const settings = Object.entries(facts.settings).map(([name, value]) => `${name}=${value}`)
  return [
    facts.replaced
      ? fail('database', `${databaseFile(config.data)} was replaced while it was open`)
      : ok(
          'database',
          `${facts.engine} ${facts.version}, schema ${facts.schemaVersion} of ${facts.knownSchemaVersion}${isOnServer(config) ? `, ${databaseLabel(config)}` : ''}`,
        ),
    facts.faults.length > 0
      ? fail('integrity', facts.faults.slice(0, 3).join('; '))
      : ok('integrity', 'no fault found'),
    // Verified when the database was opened: a store with other settings does not open.
    ok('settings', settings.join(' ')),
    ...(isOnServer(config) ? [await examineServerClock(store)] : [fileModes(facts.files)]),
  ]
}

function fileModes(files: StoreFacts['files']): Finding {
  const open = files.filter(({ mode }) => !mode.endsWith('00'))
  return open.length > 0
    ? warn('file modes', open.map(({ path, mode }) => `${path} has mode ${mode}`).join('; '))
    : ok('file modes', files.map(({ mode }) => mode).join(' '))
}

async function examineServerClock(store: StoreHandle): Promise<Finding> {
  const clock = new DatabaseClock(() => store.serverTime())
  await clock.compare()
  const seconds = Math.round(clock.offsetSeconds)
  const detail = `this machine's clock and that of the database differ by ${seconds} s`
  return clock.isTolerable ? ok('database clock', detail) : fail('database clock', `${detail}: set the clock`)
}

/** Throws SealError if another master key sealed the keys. */
export async function examineKeys(store: StoreHandle, masterKey: MasterKey, clock: SystemClock): Promise<Finding> {
  const ring = KeyRing.open(await store.keys.list(), masterKey, keyRetention)
  const now = clock.latest()
  const live = ring.sets.filter(({ revokedAt }) => revokedAt === undefined)
  if (live.length === 0) return fail('keys', 'no key set is usable: countersign keys rotate')
  const current = ring.current(now)
  const next = live.find(({ activatesAt }) => activatesAt > now)
  const upcoming = next ? `; ${next.kid} signs ${timePhrase(next.activatesAt, now)}` : ''
  return ok('keys', `${current.algorithm} ${current.kid} signs, ${ring.sets.length} kept${upcoming}`)
}

export async function examineOwner(store: StoreHandle): Promise<Finding> {
  const owner = await store.users.findOwner()
  if (!owner) return warn('owner', 'there is none yet: the first "serve" makes one')
  return owner.disabledAt === undefined ? ok('owner', owner.username) : fail('owner', `${owner.username} is disabled`)
}

const pageSize = 200
/** Names listed in one line; the rest are only counted. */
const mostNamed = 20

async function namesOf({ users }: StoreHandle, which: (user: User) => boolean): Promise<string[]> {
  const names: string[] = []
  const list = (after: string | undefined) => users.list({ limit: pageSize, after })
  for await (const page of pagesOf(list)) names.push(...page.users.filter(which).map(({ username }) => username))
  return names
}

const someOf = (names: readonly string[]): string =>
  names.slice(0, mostNamed).join(', ') + (names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '')

/** A code is one of a million values, so privileged users should need a password as well. */
export async function examineCodeLogins(store: StoreHandle): Promise<Finding> {
  const names = await namesOf(
    store,
    (user) => user.role !== 'viewer' && user.disabledAt === undefined && isCodeOnly(user),
  )
  if (names.length === 0) return ok('code-only logins', 'no manager or owner logs in by a code alone')
  return warn('code-only logins', `managers and owners who log in by a code alone: ${someOf(names)}`)
}

/**
 * Lists users with fewer factors than the policy requires for their role. Their next login makes them set up the
 * missing factor, or is refused. Returns no finding if the policy requires nothing.
 */
export async function examineFactors(store: StoreHandle, policy: Policy): Promise<readonly Finding[]> {
  if (Object.values(policy.requiredFactors).every((demanded) => demanded.length === 0)) return []
  const below = await namesOf(store, (user) => isBelow(user, policy))
  if (below.length === 0) return [ok('factors', 'every user must show what the policy demands')]
  return [warn('factors', `less than the policy demands of their role: ${someOf(below)}`)]
}

const isBelow = ({ requiredFactors, role, disabledAt }: User, policy: Policy): boolean =>
  disabledAt === undefined && !suffices(requiredFactors, role, policy)

/** Entries that are overdue and were never exported stay, and the database grows. */
export async function examineAudit(store: StoreHandle, config: Config, clock: SystemClock): Promise<Finding> {
  const count = await store.audit.countOverdue(overdueBefore(config, clock.latest()))
  const days = config.auditDays === 1 ? 'a day' : `${config.auditDays} days`
  const { through } = await store.audit.exported()
  const exported = through === 0 ? 'no entry was exported' : `exported up to entry ${through}`
  if (count === 0) return ok('audit trail', `${exported}; nothing older than ${days} waits for it`)
  const entries = count === 1 ? '1 entry is' : `${count} entries are`
  return warn('audit trail', `${entries} older than ${days} and not exported: countersign audit export FILE`)
}

export function examineClock(clock: SystemClock): Finding {
  const lag = clock.lagSeconds()
  if (lag <= tolerableLagSeconds) return ok('clock', `not behind the stored mark`)
  const remedy = 'set the clock if it is wrong; if it is right, countersign doctor --reset-clock'
  return warn('clock', `${lengthPhrase(lag)} behind the stored mark, so that new tokens expire early: ${remedy}`)
}
