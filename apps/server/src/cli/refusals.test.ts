import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Transcript } from '../testing/process/program.ts'
import { initializeFolder, run } from './testing/run-program.ts'

let data: string
let key: string
beforeEach(() => {
  data = join(mkdtempSync(join(tmpdir(), 'countersign-refusal-')), 'data')
  key = join(data, 'master.key')
})
afterEach(() => rmSync(join(data, '..'), { recursive: true }))

const serve = (flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Transcript> =>
  run(['serve', '--data', data, '--port', '0', '--log-level', 'silent', ...flags], { env })

/** A folder that was used before: it has a master key and a database. */
const initialize = () => initializeFolder(data)

const expectRefusal = ({ status, out, err }: Transcript, words: string) => {
  expect(status).not.toBe(0)
  // One line on standard error, and nothing on standard output that could be taken for a running server.
  expect(err).toContain(words)
  expect(err.trim().split('\n')[0]).toMatch(/^countersign: /)
  expect(err).not.toMatch(/\bat .*:\d+:\d+/)
  expect(out).toBe('')
}

const master = (bytes: number, mode = 0o600) => {
  unlinkSync(key)
  writeFileSync(key, Buffer.alloc(bytes, 7), { mode })
}

describe('N-079 an empty key', () => {
  it.each([0, 1, 31, 33])('in the place of the master key is refused at start: %i bytes', async (bytes) => {
    await initialize()
    master(bytes)
    expectRefusal(await serve(), 'is not 32 bytes long')
  })

  it('at an empty path is refused', async () => {
    expectRefusal(await serve(['--master-key-file', '']), '--master-key-file "" is not a path')
    expect(existsSync(data)).toBe(false)
  })

  it('is never made in its stead: what is no regular file is refused, /dev/null and a link among them', async () => {
    expectRefusal(await serve(['--master-key-file', '/dev/null']), 'is no regular file')
    await initialize()
    unlinkSync(key)
    symlinkSync('/dev/null', key)
    expectRefusal(await serve(), 'cannot be read')
  })

  it.each([
    ['nothing at all', "x''"],
    ['as many zeros', 'zeroblob(92)'],
  ])('in the place of a sealed key set is refused: %s', async (_what, blob) => {
    await initialize()
    const database = new DatabaseSync(join(data, 'countersign.db'))
    for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()) {
      database.exec(`DROP TRIGGER ${name}`)
    }
    database.exec(`UPDATE key_sets SET sealed = ${blob}`)
    database.close()
    expectRefusal(await serve(), 'wrong master key or altered data')
  })
})

describe('a start that must not be', () => {
  // Below /proc nothing can be made, and a file has nothing below it.
  it.each(['/proc/countersign/data', `${import.meta.filename}/data`])('has no folder at %s', async (folder) => {
    expectRefusal(await run(['serve', '--port', '0', '--data', folder]), `data folder ${folder} cannot be made or used`)
  })

  it('needs nothing: an empty environment is enough', async () => {
    // It would serve, so the test ends at the port, which is in use.
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    expectRefusal(
      await run(['serve', '--data', data, '--port', `${port}`, '--log-level', 'silent']),
      'the address is in use',
    )
    taken.close()
    // The port comes first: nothing was made for a server that cannot be.
    expect(existsSync(data)).toBe(false)
  })

  it('is refused with a master key that others can read', async () => {
    await initialize()
    chmodSync(key, 0o644)
    expectRefusal(await serve(), 'is open to others')
  })

  it('is refused without the master key of the database, and makes no other', async () => {
    await initialize()
    unlinkSync(key)
    const before = readdirSync(data)
    expectRefusal(await serve(), 'is missing, and the database')
    expect(readdirSync(data)).toEqual(before)
  })

  it('is refused with another master key', async () => {
    await initialize()
    master(32)
    expectRefusal(await serve(), 'wrong master key')
  })

  it('is refused with a setting that there is not, or with a value that it cannot have', async () => {
    expectRefusal(await serve([], { COUNTERSIGN_SECRET: 'changeme' }), 'COUNTERSIGN_SECRET is not a setting')
    expectRefusal(await serve(['--dialects', 'esperanto']), 'esperanto')
    expectRefusal(await serve(['--allowed-origins', '*']), '--allowed-origins "*" has a wildcard: name each origin')
    expectRefusal(await serve(['--hash-memory-kib', '1024']), 'hash')
    expect(existsSync(data)).toBe(false)
  })
})
