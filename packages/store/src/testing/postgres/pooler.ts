/* PgBouncer in front of a cluster of a test's own, in transaction mode. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'

const program = '/usr/sbin/pgbouncer'

/** Why there is none, or `undefined`. */
export const missingPooler = (): string | undefined =>
  existsSync(program) ? undefined : 'no PgBouncer here (Debian: pgbouncer)'

export interface Pooler extends AsyncDisposable {
  url(database: string, parameters?: string): string
}

/** As the owner of the cluster's socket folder: PgBouncer refuses to run as root, too. */
export const startPooler = async (cluster: Cluster): Promise<Pooler> => {
  const folder = join(cluster.socket, 'pooler')
  mkdirSync(folder, { mode: 0o777 })
  spawnSync('chmod', ['0777', folder])
  const settings = join(folder, 'pgbouncer.ini')
  writeFileSync(join(folder, 'users'), '"postgres" ""\n')
  writeFileSync(
    settings,
    [
      '[databases]',
      `* = host=${cluster.socket} port=${cluster.port}`,
      '[pgbouncer]',
      'pool_mode = transaction',
      'auth_type = trust',
      `auth_file = ${join(folder, 'users')}`,
      'listen_addr =',
      'listen_port = 6432',
      `unix_socket_dir = ${folder}`,
      'default_pool_size = 3',
    ].join('\n'),
  )
  const user = process.geteuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const child = spawn(program, ['-q', settings], { ...user, stdio: 'ignore' })
  while (!existsSync(join(folder, '.s.PGSQL.6432'))) {
    if (child.exitCode !== null) throw new Error('the pooler of a test did not start')
    await setTimeout(20)
  }
  return {
    url: (database, parameters = '') => `postgres://postgres@/${database}?host=${folder}&port=6432${parameters}`,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
