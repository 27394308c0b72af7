import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { initializeFolder, run } from '../../src/cli/testing/run-program.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { databaseFile } from '../../src/data-folder/data-folder.ts'
import { dialects } from '../../src/dialects/registry.ts'
import { createLogger } from '../../src/log/logger.ts'
import { startServer } from '../../src/serve/running-server.ts'
import type { Transcript } from '../../src/testing/process/program.ts'
import { runCommand } from '../../src/testing/process/server-run.ts'
import { bearer, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

const emptyFolder = (): string => {
  const data = mkdtempSync(join(tmpdir(), 'countersign-owners-'))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  return data
}

const ownersIn = (data: string): readonly string[] => {
  const database = new DatabaseSync(databaseFile(data), { readOnly: true })
  try {
    const rows = database.prepare("SELECT username FROM users WHERE role = 'owner'").all()
    return rows.map(({ username }) => String(username))
  } finally {
    database.close()
  }
}

const times = <T>(count: number, make: (number: number) => Promise<T>): Promise<readonly T[]> =>
  Promise.all(Array.from({ length: count }, (_, number) => make(number)))

describe('N-140 I7 owners made in parallel', () => {
  const create = (data: string, number: number) => [
    'create-user',
    '-u',
    `first-${number}`,
    '-g',
    'owner',
    '--data',
    data,
  ]
  const expectOne = (data: string, transcripts: readonly Transcript[]) => {
    expect(transcripts.filter(({ status }) => status === 0)).toHaveLength(1)
    for (const { status, err } of transcripts) if (status !== 0) expect(err).toContain('There is exactly one owner')
    expect(ownersIn(data)).toHaveLength(1)
  }

  it('are one, by 100 commands on a folder that is there', async () => {
    const data = emptyFolder()
    await initializeFolder(data)
    expectOne(data, await times(100, (number) => run(create(data, number))))
  })

  it('are one, by eight processes on a folder that they make', async () => {
    const data = emptyFolder()
    expectOne(data, await times(8, (number) => runCommand(create(data, number))))
  })

  it('are one, by eight servers that start for the first time: one of them shows a password', async () => {
    const data = emptyFolder()
    const logger = createLogger({ level: 'silent', sink: { write: () => true, writableLength: 0 } })
    const flags = { data, port: '0', host: '127.0.0.1' }
    const servers = await times(8, () => startServer(() => readConfig({ flags, env: {} }, dialects), logger))
    expect(servers.filter(({ firstOwner }) => firstOwner !== undefined)).toHaveLength(1)
    expect(ownersIn(data)).toEqual(['owner'])
    await Promise.all(servers.map((server) => server.stop()))
  })
})

describe('N-139 N-140 a second owner', () => {
  let server: RecordedServer
  let owner: string
  beforeAll(async () => {
    server = await startRecordedServer({ cheapHashes: true })
    owner = (await server.user('boss', 'owner')).id
  })
  afterAll(() => server.close())

  it('is made by none of 100 parallel attempts, over every way that the API has', async () => {
    const headers = bearer((await server.session(owner)).access)
    const { id } = await server.user('successor', 'manager')
    const ways = [
      (number: number) =>
        server.ask('POST', '/v1/users', { headers, body: { username: `usurper-${number}`, role: 'owner' } }),
      () => server.ask('PATCH', `/v1/users/${id}`, { headers, body: { role: 'owner' } }),
    ] as const
    const answers = await times(100, (number) => (ways[number % ways.length] ?? ways[0])(number))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([409]))
    expect(server.sql("SELECT username FROM users WHERE role = 'owner'")).toEqual([{ username: 'boss' }])
  })
})
