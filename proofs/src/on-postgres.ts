/* Each issuer of a test file has a PostgreSQL database of its own. There is one database server for each file. */
import { openPostgresStore } from '@countersign/store'
import { ask, startCluster } from '@countersign/store/testing'
import { afterAll } from 'vitest'
import { keeping } from './issuer-database.ts'

let databases = 0
let started: ReturnType<typeof startCluster> | undefined

keeping.database = async () => {
  started ??= startCluster()
  const cluster = await started
  const name = `issuer_${++databases}`
  cluster.run(`create database ${name}`)
  const url = cluster.url(name, '&connect_timeout=30&lock_timeout=30000&statement_timeout=60000')
  return {
    open: (clock) => openPostgresStore({ url, clock }),
    sql: (text, parameters) => ask(cluster, name, text, parameters),
  }
}

afterAll(async () => (await started)?.[Symbol.asyncDispose]())
