/*
 * Each server of a test file is two instances on one PostgreSQL database: the tests of one server are then those of both. One
 * database server for each file; a database for each data folder.
 */
import { openPostgresStore } from '@countersign/store'
import { ask, type Cluster, postgresFault, startCluster } from '@countersign/store/testing'
import { afterAll, beforeEach, type TestContext } from 'vitest'
import { sharing } from '../../src/testing/test-server.ts'

const template = 'countersign_template'
const databases = new Map<string, string>()

const makeCluster = async () => {
  const cluster = await startCluster()
  cluster.run(`create database ${template}`)
  await (await openPostgresStore({ url: cluster.url(template) })).close()
  return cluster
}

let running: Cluster | undefined
let started: ReturnType<typeof makeCluster> | undefined

sharing.databaseOf = async (data) => {
  started ??= makeCluster()
  const cluster = await started
  running = cluster
  const known = databases.get(data)
  const name = known ?? `countersign_${databases.size + 1}`
  databases.set(data, name)
  if (known === undefined) cluster.run(`create database ${name} template ${template}`)
  return { url: cluster.url(name, '&connect_timeout=30&lock_timeout=30000&statement_timeout=60000'), instances: 2 }
}

sharing.lacks = new Set(['file'])

sharing.known = (data) => {
  const name = databases.get(data)
  const cluster = running
  if (name === undefined || cluster === undefined) return undefined
  return {
    url: cluster.url(name),
    skip,
    sql: (text, parameters) => {
      if (ofSqlite.test(text)) return skip()
      return ask(cluster, name, text, parameters)
    },
    refuse(write) {
      const { inject, mend } = postgresFault(write, 'disk_full')
      cluster.runIn(name, ...inject)
      return { [Symbol.dispose]: () => void cluster.runIn(name, ...mend) }
    },
  }
}

/** Definitions, and what tables there are. */
const ofSqlite = /^(create|alter|drop|pragma)\b|sqlite_schema|\bx'/i

let test: TestContext | undefined
beforeEach((context) => {
  test = context
})
const skip = (): never => {
  if (test === undefined) throw new Error('SQLite alone')
  return test.skip('what it does to the database is known of SQLite alone')
}

afterAll(async () => (await started)?.[Symbol.asyncDispose]())
