// Which folder a command works on: none is invented, none of another user is touched, and each change says where it was.
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { initializeFolder, run } from '../testing/run-program.ts'

let folder: string
let data: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-folders-'))
  data = join(folder, 'data')
})
afterEach(() => rmSync(folder, { recursive: true }))

const password = 'correct horse battery staple'
const at = (...args: string[]) => run([...args, '--data', data], { stdin: password })

/** Every command that opens the folder, but `serve` and the making of the owner. */
const commands: readonly (readonly string[])[] = [
  ['create-user', '-u', 'ada', '-g', 'viewer', '--password-stdin'],
  ['create-user', '-u', 'owner', '-r', '--password-stdin'],
  ['create-client', '--name', 'backup'],
  ['create-access-key', '--account', 'backup'],
  ['apis', 'add', 'https://orders.example', '--name', 'Orders'],
  ['apis', 'list'],
  ['apis', 'remove', 'https://orders.example'],
  ['reset-password', '-u', 'ada'],
  ['unlock', '-u', 'ada'],
  ['keys', 'list'],
  ['keys', 'rotate'],
  ['keys', 'revoke', '--all'],
  ['backup', '/nowhere/backup.db'],
  ['export', '/nowhere/all.export'],
]

describe('N-511 a folder without a database', () => {
  it.each(commands)('is not made one by %s %s', async (...command) => {
    const { status, out, err } = await at(...command)
    expect({ status, out, err }).toEqual({
      status: 1,
      out: '',
      err: `countersign: there is no database in ${data}; --data names the folder of the server\n`,
    })
    expect(existsSync(data)).toBe(false)
    mkdirSync(data)
    expect((await at(...command)).status).toBe(1)
    expect(readdirSync(data)).toEqual([])
  })

  it('is not made by a restore', async () => {
    const { status, err } = await at('restore', '/nowhere/backup.db')
    expect({ status, err }).toEqual({
      status: 1,
      err: `countersign: there is no ${data}; --data names the folder of the server\n`,
    })
    expect(existsSync(data)).toBe(false)
  })

  it('is made one by the making of the owner', async () => {
    expect((await at('create-user', '-u', 'mia', '-g', 'owner', '--password-stdin')).status).toBe(0)
    expect(readdirSync(data)).toContain('countersign.db')
  })
})

describe('N-511 a command that changes something', () => {
  it.each([
    ['create-user', '-u', 'ada', '-g', 'viewer', '--password-stdin', '--json'],
    ['create-client', '--name', 'backup', '--json'],
    ['create-access-key', '--account', 'lyve', '--json'],
    ['keys', 'rotate', '--json'],
    ['keys', 'revoke', '--all', '--json'],
  ])('says on standard error in which folder, and has one line of JSON: %s %s', async (...command) => {
    await initializeFolder(data)
    const { status, out, err } = await at(...command)
    expect({ status, err }).toEqual({ status: 0, err: `data folder: ${data}\n` })
    expect(out.split('\n')).toHaveLength(2)
    expect(JSON.parse(out)).toBeTypeOf('object')
  })

  it('is silent about it where nothing is changed', async () => {
    await initializeFolder(data)
    expect((await at('keys', 'list')).err).toBe('')
  })
})

describe('N-512 a folder that is another user’s', () => {
  const nobody = 65_534
  const root = process.geteuid?.() === 0

  it.each([...commands, ['serve', '--port', '0'], ['create-user', '-u', 'mia', '-g', 'owner', '--password-stdin']])(
    'is refused at once, with whose it is and what to type: %s %s',
    async (...command) => {
      if (!root) return
      mkdirSync(data)
      chownSync(data, nobody, nobody)
      const { status, out, err } = await at(...command)
      expect({ status, out }).toEqual({ status: 1, out: '' })
      expect(err).toMatch(
        /^countersign: data folder \S+ belongs to (nobody|65534); .* sudo -u (nobody|'#65534') countersign …\n$/,
      )
      expect(readdirSync(data)).toEqual([])
    },
  )

  it('is a finding of doctor', async () => {
    if (!root) return
    mkdirSync(data)
    chownSync(data, nobody, nobody)
    const { status, out } = await at('doctor')
    expect(status).toBe(1)
    expect(out).toMatch(/^fail {2}data folder: \S+ belongs to /m)
  })
})
