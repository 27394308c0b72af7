// The composition of everything behind the requests: data folder, keys, clock, store, domain. Server and admin commands
// open the same one; no port is opened here, and nothing is known of HTTP.
import {
  createUseCases,
  type Domain,
  type KeyRetention,
  type MasterKey,
  Passwords,
  type Random,
  UsageMeter,
  type UseCases,
} from '@countersign/core'
import type { DropletDriver } from '@countersign/resources'
import { openStore, type StoreHandle } from '@countersign/store'
import { Argon2Hasher } from '../adapters/argon2-hasher.ts'
import { BackgroundTasks } from '../adapters/background-tasks.ts'
import { isCommonPassword } from '../adapters/common-passwords.ts'
import { openDroplets } from '../adapters/droplets.ts'
import { LiveKeys } from '../adapters/live-keys.ts'
import { SystemClock, systemTime, type TimeSource, tolerableLagSeconds } from '../adapters/system-clock.ts'
import { systemRandom } from '../adapters/system-random.ts'
import { AuditKeeping } from '../audit/audit-keeping.ts'
import type { Config } from '../config/config.ts'
import { policyOf } from '../config/policy.ts'
import { databaseFile, makeDataFolder, requireDatabase } from '../data-folder/data-folder.ts'
import { delegateClientIds } from '../dialects/registry.ts'
import type { Logger } from '../log/logger.ts'
import { initializeStore, openMasterKey } from './initialize-store.ts'

/** How long what was made under a superseded key set may live: the longest that any policy or dialect gives. */
export const keyRetention: KeyRetention = { longestAccessSeconds: 365 * 86_400, longestRefreshSeconds: 366 * 86_400 }

/** Seconds between the rounds of what comes round again. */
const rounds = {
  files: 2,
  keys: 2,
  clock: 10,
  usage: 60,
  counters: 120,
  garbage: 600,
  tallies: 60,
  audit: 600,
} as const

/** An open data folder with the domain on it. */
export interface Authority {
  readonly config: Config
  readonly domain: Domain
  readonly useCases: UseCases
  readonly store: StoreHandle
  readonly droplets: DropletDriver
  readonly logger: Logger
  readonly masterKey: MasterKey
  readonly retention: KeyRetention
  readonly clock: SystemClock
  readonly auditKeeping: AuditKeeping
  /** Reads the key sets anew, if any changed. Happens by itself every 2 seconds. */
  reloadKeys(): Promise<void>
  /** Writes what was only counted so far, and closes the store. Callable again. */
  close(): Promise<void>
}

export interface AuthorityParts {
  readonly logger: Logger
  /** Default is the system's. */
  readonly random?: Random
  /** Default is the system's clocks. */
  readonly time?: TimeSource
  /** Told, again and again, that the database is no longer where it was opened: nothing can be written any more (N-228). */
  readonly onLost?: () => void
  /** Whether a folder without a database is made one. Default is true. */
  readonly makes?: boolean
}

/**
 * Opens the data folder. Whoever comes first to an empty one, and may, makes the folder, the master key, the first key set and one
 * droplet (in an inventory), in an order that lets several come at once: each step is taken by one and found done by the
 * others.
 *
 * @throws DataFolderError, StoreOpenError, SealError with a message for whoever started the program.
 */
export async function openAuthority(config: Config, parts: AuthorityParts): Promise<Authority> {
  const { logger, random = systemRandom, time = systemTime, onLost = () => {}, makes = true } = parts
  if (makes) makeDataFolder(config.data)
  else requireDatabase(config.data)
  const masterKey = openMasterKey(config, random)
  const store = await openStore({ path: databaseFile(config.data) })
  try {
    const clock = new SystemClock(await store.marks.highWater(), time)
    if (clock.lagSeconds() > tolerableLagSeconds) {
      logger.warn('clock is behind the stored mark: see "countersign doctor"', { seconds: clock.lagSeconds() })
    }
    const droplets = await openDroplets(config, { inventory: store.droplets, clock, random })
    const keys = new LiveKeys(store.keys, masterKey, keyRetention)
    await initializeStore({ store, clock, random, droplets, masterKey }, config)
    await keys.reload()
    const domain = domainOn({ config, logger, store, clock, random, masterKey, keys })
    const auditKeeping = new AuditKeeping(store.audit, clock, config)
    const chores = startBackgroundTasks({ store, clock, domain, keys, auditKeeping, logger, onLost })
    let closing: Promise<void> | undefined
    return {
      config,
      domain,
      useCases: createUseCases(domain),
      store,
      droplets,
      logger,
      masterKey,
      retention: keyRetention,
      clock,
      auditKeeping,
      reloadKeys: () => keys.reload(),
      close: () => {
        closing ??= close(chores, domain, clock, store)
        return closing
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

interface DomainParts {
  readonly config: Config
  readonly logger: Logger
  readonly store: StoreHandle
  readonly clock: SystemClock
  readonly random: Random
  readonly masterKey: MasterKey
  readonly keys: LiveKeys
}

function domainOn({ config, logger, store, clock, random, masterKey, keys }: DomainParts): Domain {
  const hasher = new Argon2Hasher({
    memoryKib: config.hashMemoryKib,
    passes: config.hashPasses,
    concurrency: config.hashConcurrency,
    queue: config.hashQueue,
    masterKey,
    random,
    onUnreadableHash: () => logger.error('a stored password hash is unreadable: was the database altered?'),
  })
  return {
    store,
    clock,
    random,
    hasher: new Passwords(hasher),
    usage: new UsageMeter(clock),
    issuer: config.issuer,
    keys: () => keys.ring,
    policy: { ...policyOf(config), delegateClientIds },
    masterKey,
    isCommonPassword,
  }
}

interface BackgroundTaskParts {
  readonly store: StoreHandle
  readonly clock: SystemClock
  readonly domain: Domain
  readonly keys: LiveKeys
  readonly auditKeeping: AuditKeeping
  readonly logger: Logger
  readonly onLost: () => void
}

function startBackgroundTasks({
  store,
  clock,
  domain,
  keys,
  auditKeeping,
  logger,
  onLost,
}: BackgroundTaskParts): BackgroundTasks {
  const chores = new BackgroundTasks(logger)
  chores.every(rounds.files, 'look_for_files', async () => {
    if (!store.isInPlace()) onLost()
  })
  chores.every(rounds.keys, 'reload_keys', () => keys.reload())
  chores.every(rounds.clock, 'store_clock_mark', () => clock.exchange(store.marks))
  chores.every(rounds.usage, 'record_usage', () => domain.usage.flush(store.usage))
  chores.every(rounds.counters, 'collect_counters', () => store.counters.collectGarbage(clock.latest()))
  chores.every(rounds.garbage, 'collect_garbage', () => store.authorizations.collectGarbage(clock.latest()))
  chores.every(rounds.tallies, 'settle_audit', () => store.audit.settle(clock.latest()))
  chores.every(rounds.audit, 'tidy_audit', () => auditKeeping.tidy())
  return chores
}

async function close(chores: BackgroundTasks, domain: Domain, clock: SystemClock, store: StoreHandle): Promise<void> {
  await chores.stop()
  try {
    await domain.usage.flush(store.usage)
    await clock.exchange(store.marks)
  } finally {
    await store.close()
  }
}
