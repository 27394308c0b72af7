// Composes everything below the request handling: data folder, keys, clock, store, domain. The server and the admin
// commands use the same composition. Opens no port and knows nothing of HTTP.
import {
  createUseCases,
  type Domain,
  type KeyRetention,
  longestAccessSeconds,
  type MasterKey,
  mostLeewaySeconds,
  Passwords,
  type Random,
  SealError,
  UsageMeter,
  type UseCases,
} from '@countersign/core'
import type { DropletDriver } from '@countersign/resources'
import { openMemoryStore, type StoreHandle } from '@countersign/store'
import { Argon2Hasher } from '../adapters/argon2-hasher.ts'
import { BackgroundTasks } from '../adapters/background-tasks.ts'
import { isCommonPassword } from '../adapters/common-passwords.ts'
import { DatabaseClock } from '../adapters/database-clock.ts'
import { openDroplets } from '../adapters/droplets.ts'
import { LiveKeys } from '../adapters/live-keys.ts'
import { SystemClock, systemTime, type TimeSource, tolerableLagSeconds } from '../adapters/system-clock.ts'
import { systemRandom } from '../adapters/system-random.ts'
import { AuditKeeping } from '../audit/audit-keeping.ts'
import type { Config } from '../config/config.ts'
import { policyOf } from '../config/policy.ts'
import { makeDataFolder, requireDatabase } from '../data-folder/data-folder.ts'
import { interruptedReplacement } from '../data-folder/master-key.ts'
import { delegateClientIds } from '../dialects/registry.ts'
import type { Logger } from '../log/logger.ts'
import { isOnServer } from './database-server.ts'
import { initializeStore, newMasterKey, openMasterKey, openSharedMasterKey } from './initialize-store.ts'
import { openDatabase } from './open-database.ts'

/** How long keys are kept after they are superseded: the longest lifetime that any policy or dialect sets. */
export const keyRetention: KeyRetention = { longestAccessSeconds, longestRefreshSeconds: 366 * 86_400 }

/** Seconds between two runs of a background task. */
const intervalSeconds = {
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
  readonly clock: SystemClock
  /** A clock that only goes on, in milliseconds. */
  readonly monotonic: () => number
  readonly auditKeeping: AuditKeeping
  /** This machine's clock beside that of the database. */
  readonly databaseClock: DatabaseClock
  /** How often each background task failed. */
  readonly failedTasks: ReadonlyMap<string, number>
  /** Reloads the key sets if any changed. Also runs by itself every 2 seconds. */
  reloadKeys(): Promise<void>
  /** Writes pending counters and closes the store. May be called again. */
  close(): Promise<void>
}

export interface AuthorityParts {
  readonly logger: Logger
  /** Default: the system's generator. */
  readonly random?: Random
  /** Default: the system's clocks, and that of the database. */
  readonly time?: TimeSource
  readonly databaseTime?: () => Promise<number>
  /** Called repeatedly once the database is no longer at its path: nothing can be written then (N-228). */
  readonly onLost?: () => void
  /** Whether a database is created in a folder without one. Default: true. */
  readonly makes?: boolean
  /** Whether a database of an older schema is migrated, after a backup. Otherwise it is refused. Default: true. */
  readonly migrates?: boolean
  /**
   * Whether the issuer is the one that was served last, if there is one. Default: false. A command has no `--issuer`, and means the
   * server of its folder.
   */
  readonly asServed?: boolean
  /**
   * Whether everything is kept in memory and gone after `close`: nothing reads or makes the data folder. The master key is random.
   * Default: false.
   */
  readonly inMemory?: boolean
  /** Default: the lists of known passwords. */
  readonly isCommonPassword?: (lowerCase: string) => boolean
}

/**
 * Opens the data folder. If it is empty and may be initialised, this creates the folder, the master key, the first key
 * set and one droplet (in an inventory). Safe if several processes do it at once: each step is done by one process, and
 * the others find it done.
 *
 * @throws DataFolderError, StoreOpenError, SealError with a message for the user of the command line.
 */
export async function openAuthority(config: Config, parts: AuthorityParts): Promise<Authority> {
  const { logger, random = systemRandom, time = systemTime, onLost = () => {}, asServed = false } = parts
  const { masterKey, store } = parts.inMemory
    ? { masterKey: newMasterKey(random), store: await openMemoryStore() }
    : await (isOnServer(config) ? openServer : openFolder)(config, random, parts, time)
  try {
    const clock = new SystemClock(await store.marks.highWater(), time)
    if (clock.lagSeconds() > tolerableLagSeconds) {
      logger.warn('clock_behind', { seconds: clock.lagSeconds() })
    }
    const databaseClock = new DatabaseClock(parts.databaseTime ?? (() => store.serverTime()), time)
    const compareClocks = () => compare(databaseClock, logger)
    await compareClocks()
    const droplets = await openDroplets(config, { inventory: store.droplets, clock, random })
    const keys = new LiveKeys(store.keys, masterKey, keyRetention)
    const issuer = (asServed ? await store.marks.servedIssuer() : undefined) ?? config.issuer
    const sealedPepper = await store.keys.sealedPepper()
    const checked = parts.isCommonPassword ?? isCommonPassword
    const domain = domainOn({
      config,
      issuer,
      logger,
      store,
      clock,
      random,
      masterKey,
      sealedPepper,
      keys,
      isCommonPassword: checked,
    })
    const useCases = createUseCases(domain)
    await initializeStore({ store, droplets, keys: useCases.keys }, config)
    await keys.reload()
    const auditKeeping = new AuditKeeping(useCases.audit, clock, config)
    const backgroundTasks = startBackgroundTasks({
      ...{ store, clock, domain, keys, auditKeeping, logger, onLost, compareClocks },
    })
    let closing: Promise<void> | undefined
    return {
      config,
      domain,
      useCases,
      store,
      droplets,
      logger,
      clock,
      monotonic: () => time.monotonic(),
      auditKeeping,
      databaseClock,
      failedTasks: backgroundTasks.failures,
      reloadKeys: () => keys.reload(),
      close: () => {
        closing ??= close(backgroundTasks, domain, clock, store)
        return closing
      },
    }
  } catch (error) {
    await store.close()
    throw (error instanceof SealError && interruptedReplacement(config.masterKeyFile)) || error
  }
}

async function openFolder(config: Config, random: Random, parts: AuthorityParts, time: TimeSource) {
  const { logger, makes = true, migrates = true } = parts
  if (makes) makeDataFolder(config.data)
  else requireDatabase(config.data)
  const masterKey = openMasterKey(config, random)
  const now = () => Math.floor(time.wall() / 1000)
  return { masterKey, store: await openDatabase(config, { migrates, logger, now }) }
}

/**
 * The database on a server is opened first: a master key is made only if nothing is sealed in it yet. Of two instances that each
 * make one, only the one that seals the first keys can go on.
 */
async function openServer(config: Config, random: Random, parts: AuthorityParts, time: TimeSource) {
  const { logger, makes = true, migrates = true } = parts
  const now = () => Math.floor(time.wall() / 1000)
  const store = await openDatabase(config, { migrates, makes, logger, now })
  try {
    const isUsed = (await store.keys.list()).length > 0
    return { masterKey: openSharedMasterKey(config, isUsed, random), store }
  } catch (error) {
    await store.close()
    throw error
  }
}

interface DomainParts extends Pick<Domain, 'isCommonPassword'> {
  readonly config: Config
  readonly issuer: string
  readonly logger: Logger
  readonly store: StoreHandle
  readonly clock: SystemClock
  readonly random: Random
  readonly masterKey: MasterKey
  readonly sealedPepper: Uint8Array | undefined
  readonly keys: LiveKeys
}

function domainOn(parts: DomainParts): Domain {
  const { config, issuer, logger, store, clock, random, masterKey, sealedPepper, keys, ...rest } = parts
  const hasher = new Argon2Hasher({
    memoryKib: config.hashMemoryKib,
    passes: config.hashPasses,
    concurrency: config.hashConcurrency,
    queue: config.hashQueue,
    masterKey,
    sealedPepper,
    random,
    onUnreadableHash: () => logger.error('password_hash_unreadable'),
  })
  return {
    store,
    clock,
    random,
    hasher: new Passwords(hasher),
    usage: new UsageMeter(clock),
    issuer,
    keys: () => keys.ring,
    retention: keyRetention,
    policy: { ...policyOf(config), delegateClientIds },
    masterKey,
    ...rest,
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
  readonly compareClocks: () => Promise<void>
}

/** Said once each time that they begin to differ too much. */
async function compare(clock: DatabaseClock, logger: Logger): Promise<void> {
  const wasTolerable = clock.isTolerable
  await clock.compare()
  if (wasTolerable && !clock.isTolerable) {
    logger.warn('database_clock_differs', { seconds: Math.round(clock.offsetSeconds) })
  }
}

function startBackgroundTasks({
  store,
  clock,
  domain,
  keys,
  auditKeeping,
  logger,
  onLost,
  compareClocks,
}: BackgroundTaskParts): BackgroundTasks {
  const backgroundTasks = new BackgroundTasks(logger)
  backgroundTasks.every(intervalSeconds.files, 'look_for_files', async () => {
    if (!store.isInPlace()) onLost()
  })
  backgroundTasks.every(intervalSeconds.keys, 'reload_keys', () => keys.reload())
  backgroundTasks.every(intervalSeconds.clock, 'store_clock_mark', () => clock.exchange(store.marks))
  backgroundTasks.every(intervalSeconds.clock, 'compare_clocks', compareClocks)
  backgroundTasks.every(intervalSeconds.usage, 'record_usage', () => domain.usage.flush(store.usage))
  backgroundTasks.every(intervalSeconds.counters, 'collect_counters', (signal) =>
    store.counters.collectGarbage(clock.latest(), signal),
  )
  backgroundTasks.every(intervalSeconds.garbage, 'collect_garbage', (signal) =>
    store.authorizations.collectGarbage(clock.latest(), signal),
  )
  backgroundTasks.every(intervalSeconds.garbage, 'collect_revocations', (signal) =>
    store.revocations.collectGarbage(clock.latest() - mostLeewaySeconds, signal),
  )
  backgroundTasks.every(intervalSeconds.tallies, 'settle_audit', (signal) => store.audit.settle(clock.latest(), signal))
  backgroundTasks.every(intervalSeconds.audit, 'tidy_audit', (signal) => auditKeeping.tidy(signal))
  return backgroundTasks
}

async function close(
  backgroundTasks: BackgroundTasks,
  domain: Domain,
  clock: SystemClock,
  store: StoreHandle,
): Promise<void> {
  await backgroundTasks.stop()
  try {
    await domain.usage.flush(store.usage)
    await clock.exchange(store.marks)
  } finally {
    await store.close()
  }
}
