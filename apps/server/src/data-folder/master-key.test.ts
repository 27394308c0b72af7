import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom } from '@countersign/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DataFolderError } from './data-folder.ts'
import { makeMasterKey, readMasterKey } from './master-key.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-key-'))
  path = join(folder, 'master.key')
})
afterEach(() => rmSync(folder, { recursive: true }))

const keep = (bytes: number, mode = 0o600): void => writeFileSync(path, new Uint8Array(bytes), { mode })

describe('the master key', () => {
  it('is 32 bytes that only their owner can read, and leaves nothing else behind', () => {
    const key = makeMasterKey(path, new SeededRandom())
    expect(key).toHaveLength(32)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path)).toEqual(Buffer.from(key))
    expect(readMasterKey(path)).toEqual(Buffer.from(key))
    expect(readdirSync(folder)).toEqual(['master.key'])
  })

  it('is the first one of two that are made at once', () => {
    const first = makeMasterKey(path, new SeededRandom('first'))
    const second = makeMasterKey(path, new SeededRandom('second'))
    expect(second).toEqual(first)
    expect(readdirSync(folder)).toEqual(['master.key'])
  })

  it('is nothing where no file is', () => {
    expect(readMasterKey(path)).toBeUndefined()
  })

  it.each([0o604, 0o660, 0o644])('is refused when others can read it (mode %o)', (mode) => {
    keep(32)
    chmodSync(path, mode)
    expect(() => readMasterKey(path)).toThrow(DataFolderError)
    expect(() => readMasterKey(path)).toThrow(/^master key \S+ is open to others .* chmod 600 it/)
  })

  it.each([0, 31, 33, 64])('is refused when it is %i bytes long', (bytes) => {
    keep(bytes)
    expect(() => readMasterKey(path)).toThrow('is not 32 bytes long')
  })

  it('is read through links inside its folder, and refused through one that leads out of it', () => {
    keep(32)
    symlinkSync('master.key', join(folder, 'link'))
    expect(readMasterKey(join(folder, 'link'))).toHaveLength(32)
    mkdirSync(join(folder, 'elsewhere'))
    symlinkSync(path, join(folder, 'elsewhere', 'link'))
    expect(() => readMasterKey(join(folder, 'elsewhere', 'link'))).toThrow('is a link out of its folder')
  })

  it('is refused when it is no file', () => {
    expect(() => readMasterKey(folder)).toThrow(DataFolderError)
  })

  it('reports that it cannot be created', () => {
    expect(() => makeMasterKey(join(folder, 'nowhere', 'master.key'), new SeededRandom())).toThrow('cannot be made')
  })

  it('never replaces what is there, even if it is no key', () => {
    keep(5)
    expect(() => makeMasterKey(path, new SeededRandom())).toThrow('is not 32 bytes long')
    expect(readFileSync(path)).toHaveLength(5)
  })
})
