/*
 * A PostgreSQL server of a test's own: in a folder of its own, on a socket, as a user without rights. It is gone with the process.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const debian = '/usr/lib/postgresql'
/** PostgreSQL refuses to run as root. This is the user `nobody` of Debian and its derivatives. */
const nobody = 65_534
const user = process.geteuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

/** The folder of the programs of a PostgreSQL server, or why there is none. */
export const serverPrograms = (): { readonly folder: string } | { readonly missing: string } => {
  const versions = existsSync(debian) ? readdirSync(debian).sort((one, other) => Number(other) - Number(one)) : []
  const places = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ]
  const folder = places.find((place) => existsSync(join(place, 'initdb')) && existsSync(join(place, 'postgres')))
  if (folder === undefined) return { missing: 'no PostgreSQL server here (Debian: postgresql)' }
  const { status } = spawnSync(join(folder, 'postgres'), ['--version'], user)
  return status === 0 ? { folder } : { missing: `${folder}/postgres cannot be run by a user without rights` }
}

export interface Cluster {
  /** The connection URL of a database. */
  url(database: string, parameters?: string): string
  /** The folder of its data. */
  readonly data: string
  /** The folder of its socket. */
  readonly socket: string
  readonly port: number
  /** Starts it again after `stop`. */
  start(): Promise<void>
  /** @param how `fast` ends sessions first, `immediate` is a crash. */
  stop(how?: 'fast' | 'immediate'): Promise<void>
  /** Makes a primary of a standby. */
  promote(): void
  /** Runs commands in one session of its superuser. Returns what they print. */
  run(...commands: readonly string[]): string
  /** The same in a database. */
  runIn(database: string, ...commands: readonly string[]): string
  /** All rows of a database, as `pg_dump` writes them. */
  dump(database: string): string
  [Symbol.asyncDispose](): Promise<void>
}

export interface ClusterOptions {
  /** Lines of `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Whether it also listens on this port of 127.0.0.1. */
  readonly tcpPort?: number
}

/** Tests lose nothing by a crash of the machine. */
const fast = {
  ...{ fsync: 'off', full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: '0' },
  ...{ max_connections: '200', shared_buffers: '64MB', autovacuum: 'off', jit: 'off' },
}

/** Makes a cluster and starts it. */
export const startCluster = ({ settings = {}, tcpPort }: ClusterOptions = {}): Promise<Cluster> => {
  const initial = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  const given = {
    listen_addresses: tcpPort === undefined ? '' : '127.0.0.1',
    port: String(tcpPort ?? 5432),
    ...settings,
  }
  return startIn((data, run) => run('initdb', '-D', data, ...initial), given)
}

/** The settings of a cluster that others may be made from. */
export const replicated = { wal_level: 'replica', max_wal_senders: '10' }
const standbyName = 'standby'

/**
 * Makes a standby of a cluster that has the settings `replicated`. From then on the cluster acknowledges no commit that the standby
 * does not have on its disk.
 */
export const startStandby = async (primary: Cluster, settings: ClusterOptions['settings'] = {}): Promise<Cluster> => {
  const from = `host=${primary.socket} port=${primary.port} user=postgres`
  const made = await startIn(
    (data, run) =>
      run('pg_basebackup', '-D', data, '-d', from, '--write-recovery-conf', '--checkpoint=fast', '--no-sync'),
    { ...replicated, cluster_name: standbyName, wal_retrieve_retry_interval: '100ms', port: '5432', ...settings },
  )
  primary.run(`alter system set synchronous_standby_names = '${standbyName}'`, 'select pg_reload_conf()')
  while (primary.run("select count(*) from pg_stat_replication where sync_state = 'sync'") !== '1') await setTimeout(20)
  return made
}

/** Of what a program may print. */
const mostBytes = 2 ** 28

type RunProgram = (program: string, ...words: readonly string[]) => void

/** @param make Makes the data folder. */
const startIn = async (
  make: (data: string, run: RunProgram) => void,
  settings: Readonly<Record<string, string>>,
): Promise<Cluster> => {
  const programs = serverPrograms()
  if ('missing' in programs) throw new Error(programs.missing)
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pg-'))
  chmodSync(folder, 0o755)
  const [data, socket] = [join(folder, 'data'), join(folder, 's')]
  mkdirSync(socket)
  if (user.uid !== undefined) for (const owned of [folder, socket]) chownSync(owned, user.uid, user.gid)
  const options = { ...user, cwd: folder, env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' } }
  const run: RunProgram = (program, ...words) =>
    void execFileSync(join(programs.folder, program), words, { ...options, stdio: 'pipe' })
  make(data, run)

  let server: ChildProcess | undefined
  const given: Readonly<Record<string, string>> = {
    ...fast,
    listen_addresses: '',
    unix_socket_directories: socket,
    ...settings,
  }
  const port = Number(given.port)
  const connected = (program: string, database: string, ...words: readonly string[]): string =>
    execFileSync(
      join(programs.folder, program),
      ['-h', socket, '-p', String(port), '-U', 'postgres', '-d', database, ...words],
      { ...options, encoding: 'utf8', stdio: 'pipe', maxBuffer: mostBytes },
    ).trim()
  const psql = (database: string, ...commands: readonly string[]): string => {
    const given = commands.flatMap((command) => ['-c', command])
    return connected('psql', database, '-qAtX', '-v', 'ON_ERROR_STOP=1', ...given)
  }
  const start = async (): Promise<void> => {
    const words = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    server = spawn(join(programs.folder, 'postgres'), ['-D', data, ...words], { ...options, stdio: 'ignore' })
    const ready = ['-q', '-h', socket, '-p', String(port)]
    while (spawnSync(join(programs.folder, 'pg_isready'), ready, options).status !== 0) {
      if (server.exitCode !== null) throw new Error('the PostgreSQL server of a test did not start')
      await setTimeout(20)
    }
  }
  const stop = async (how: 'fast' | 'immediate' = 'fast'): Promise<void> => {
    const stopping = server
    server = undefined
    if (stopping === undefined || stopping.exitCode !== null) return
    const ended = once(stopping, 'exit')
    stopping.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await ended
  }
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  const atExit = (): void => {
    server?.kill('SIGQUIT')
    remove()
  }
  process.once('exit', atExit)
  await start()
  return {
    url: (database, parameters = '') => `postgres://postgres@/${database}?host=${socket}&port=${port}${parameters}`,
    data,
    socket,
    port,
    start,
    stop,
    promote: () => run('pg_ctl', 'promote', '-w', '-D', data),
    run: (...commands) => psql('postgres', ...commands),
    runIn: psql,
    dump: (database) => connected('pg_dump', database, '--data-only'),
    [Symbol.asyncDispose]: async () => {
      await stop('immediate')
      process.off('exit', atExit)
      remove()
    },
  }
}
