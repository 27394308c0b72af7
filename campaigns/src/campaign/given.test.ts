import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, plainEnvironment } from '@countersign/server/testing/process'
import { type Cluster, serverPrograms, startCluster } from '@countersign/store/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const programs = serverPrograms()
const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const missing = 'missing' in programs ? programs.missing : hasOpenssl ? undefined : 'no openssl here'
const program = fileURLToPath(new URL('../../run.ts', import.meta.url))
const password = 'hunter2'

let folder: string
let cluster: Cluster
beforeAll(async () => {
  if (missing !== undefined) return
  folder = mkdtempSync(join(tmpdir(), 'countersign-given-'))
  chmodSync(folder, 0o755)
  const rules = join(folder, 'pg_hba.conf')
  writeFileSync(rules, 'local all postgres trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n')
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  makeCertificate(certificate, key)
  const settings = { hba_file: rules, ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key }
  cluster = await startCluster({ tcpPort: await freePort(), settings })
  cluster.run(
    `create role campaigner createdb login password '${password}'`,
    `create role guest login password '${password}'`,
  )
})
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  if (folder) rmSync(folder, { recursive: true })
})
beforeEach((context) => {
  if (missing !== undefined) context.skip(missing)
})

/** Of `localhost`, readable by the user that the database runs as. */
const makeCertificate = (certificate: string, key: string): void => {
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync('openssl', [...words, ...names, '-out', certificate, '-keyout', key], { stdio: 'pipe' })
  if (process.geteuid?.() === 0) chownSync(key, 65_534, 65_534)
  chmodSync(key, 0o600)
}

/** The servers require the certificate, and the name in it. */
const urlAs = (role: string): string =>
  `postgres://${role}@localhost:${cluster.port}/postgres?sslmode=verify-full&sslrootcert=${folder}/certificate.pem`
const databases = (): string =>
  cluster.run("select string_agg(datname, ' ') from pg_database where datname like 'countersign_campaign%'")

interface Ended {
  readonly status: number
  readonly out: string
  readonly err: string
}

const campaign = (...words: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...plainEnvironment(), PGPASSWORD: password }
    const args = ['--conditions=countersign', program, ...words, '--seed', '1', '--folder', folder]
    execFile(process.execPath, args, { env }, (error, out, err) => {
      resolve({ status: error === null ? 0 : Number(error.code), out, err })
    })
  })

describe('a database server that somebody else runs', () => {
  it.each([
    ['crash', ['--kills', '1'], 'the search for damaged rows and indexes (W5)'],
    ['families', ['--seconds', '1', '--families', '2', '--callers', '4'], undefined],
    ['ownership', ['--kills', '1'], 'the search for damaged rows and indexes (sound)'],
    ['outage', ['--kills', '3'], 'restarts, kills and promotions of the database'],
  ] as const)(
    'has the databases of %s, and none of them afterwards',
    async (name, words, notDone) => {
      const { status, out, err } = await campaign(name, ...words, '--database-url', urlAs('campaigner'), '--json')
      expect({ status, err }).toMatchObject({ status: 0 })
      expect(JSON.parse(out)).toMatchObject({ losses: [] })
      expect(err).toMatch(
        new RegExp(`the database countersign_campaign_\\w+ was made on postgres at localhost:${cluster.port}`),
      )
      expect(err.includes('not done on a server that others run')).toBe(notDone !== undefined)
      expect(err).toContain(notDone ?? '')
      expect(databases()).toBe('')
      expect(out + err).not.toContain(password)
    },
    120_000,
  )

  it('keeps the databases with --keep', async () => {
    const { status, err } = await campaign(
      ...['families', '--seconds', '1', '--families', '1', '--callers', '2'],
      ...['--database-url', urlAs('campaigner'), '--keep'],
    )
    const [, kept = ''] = /the database (\w+) is kept/.exec(err) ?? []
    expect({ status, kept }).toEqual({ status: 0, kept: databases() })
    cluster.run(`drop database ${kept}`)
  }, 120_000)

  it('is refused where the role may not make databases', async () => {
    const { status, err } = await campaign('crash', '--kills', '1', '--database-url', urlAs('guest'))
    expect(status).toBe(2)
    expect(err).toMatch(/^no database can be made on postgres at .*: permission denied to create database/m)
  })

  it.each([
    [['--database-url', `postgres://me:${password}@h/d`], 'must not contain a password: use PGPASSWORD'],
    [['--database-url', 'postgres://h/d', '--engine', 'postgres'], '--engine and --database-url exclude each other'],
    [['--database-url', 'postgres://h/d', '--fault', 'audit-apart'], '--fault is for a database of the campaign alone'],
    [['--database-url', ''], '--database-url: the database URL has to be postgres://'],
    [['--keep'], '--keep is for --database-url'],
  ])('is refused with %j', async (words, message) => {
    const { status, out, err } = await campaign('crash', ...words)
    expect(status).toBe(2)
    expect(err).toContain(message)
    expect(out + err).not.toContain(password)
  })
})
