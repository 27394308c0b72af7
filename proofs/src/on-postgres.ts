/* Each issuer of a test file has a PostgreSQL database of its own. There is one database server for each file. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPostgresStore } from '@countersign/store'
import { ask, postgresFault, startCluster } from '@countersign/store/testing'
import { afterAll } from 'vitest'
import { keeping } from './issuer-database.ts'

const template = 'countersign_template'

/** The tables are made once. */
const makeCluster = async () => {
  const cluster = await startCluster()
  cluster.run(`create database ${template}`)
  await (await openPostgresStore({ url: cluster.url(template) })).close()
  return cluster
}

let databases = 0
let started: ReturnType<typeof makeCluster> | undefined

keeping.database = async () => {
  started ??= makeCluster()
  const cluster = await started
  const name = `issuer_${++databases}`
  cluster.run(`create database ${name} template ${template}`)
  const url = cluster.url(name, '&connect_timeout=30&lock_timeout=30000&statement_timeout=60000')
  return {
    remembersAnswers: false,
    open: (clock) => openPostgresStore({ url, clock }),
    sql: (text, parameters) => ask(cluster, name, text, parameters),
    refuse(write) {
      const { inject, mend } = postgresFault(write, 'disk_full')
      cluster.runIn(name, ...inject)
      return { [Symbol.dispose]: () => void cluster.runIn(name, ...mend) }
    },
    kept() {
      // What was changed in memory alone is in the WAL, and is written to the tables too.
      cluster.run('checkpoint')
      return { files: filesIn(cluster.data), values: valuesIn(cluster.dump(name)) }
    },
  }
}

/** The whole data folder, also of other databases: the WAL is that of all. */
const filesIn = (folder: string): readonly Buffer[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))

/** `pg_dump` spells the bytes of a value in hexadecimal digits. */
const valuesIn = (dump: string): readonly Buffer[] => [
  Buffer.from(dump),
  ...[...dump.matchAll(/\\\\x([0-9a-f]+)/g)].map(([, digits = '']) => Buffer.from(digits, 'hex')),
]

afterAll(async () => (await started)?.[Symbol.asyncDispose]())
