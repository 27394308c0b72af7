import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSecretFile, SecretFileError } from './secret-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-secret-'))
  path = join(folder, 'key')
  writeFileSync(path, 'secret', { mode: 0o600 })
})
afterEach(() => rmSync(folder, { recursive: true }))

const inside = { links: 'inside' } as const
const anywhere = { links: 'anywhere' } as const

/** As a container platform lays a secret's files: it replaces the folder behind `..data` as a whole. */
function mount(version: string, text: string): void {
  mkdirSync(join(folder, version))
  writeFileSync(join(folder, version, 'mounted'), text, { mode: 0o400 })
  symlinkSync(version, join(folder, '..next'))
  renameSync(join(folder, '..next'), join(folder, '..data'))
}

describe('a file that holds a secret', () => {
  it('is its bytes, and nothing where there is none', () => {
    expect(String(readSecretFile(path, inside))).toBe('secret')
    expect(readSecretFile(join(folder, 'none'), inside)).toBeUndefined()
  })

  it('N-531 is read through the links of a mounted secret, also after it was replaced', () => {
    mount('..2026_01', 'first')
    symlinkSync('..data/mounted', join(folder, 'mounted'))
    expect(String(readSecretFile(join(folder, 'mounted'), inside))).toBe('first')
    mount('..2026_02', 'second')
    expect(String(readSecretFile(join(folder, 'mounted'), inside))).toBe('second')
  })

  it('N-531 is judged by the file behind the links, not by the link', () => {
    symlinkSync('key', join(folder, 'link'))
    chmodSync(path, 0o604)
    expect(() => readSecretFile(join(folder, 'link'), inside)).toThrow('is open to others (mode 0604)')
  })

  it('N-531 is refused through a link out of its folder, unless links are permitted', () => {
    mkdirSync(join(folder, 'other'))
    const link = join(folder, 'other', 'link')
    symlinkSync('../key', link)
    expect(() => readSecretFile(link, inside)).toThrow(SecretFileError)
    expect(() => readSecretFile(link, inside)).toThrow('is a link out of its folder')
    expect(String(readSecretFile(link, anywhere))).toBe('secret')
  })

  it('is refused where it is no file, or cannot be looked for', () => {
    expect(() => readSecretFile(folder, inside)).toThrow('is no regular file')
    expect(() => readSecretFile(join(path, 'below'), inside)).toThrow('cannot be read (ENOTDIR)')
    symlinkSync('loop', join(folder, 'loop'))
    expect(() => readSecretFile(join(folder, 'loop'), inside)).toThrow('cannot be read (ELOOP)')
  })

  it('N-532 that this user cannot read is refused with its owner, the current user, and what to mount', () => {
    const root = process.geteuid?.() === 0
    chmodSync(folder, 0o755)
    chmodSync(path, 0o000)
    const refusal = (file: string) => {
      if (root) process.seteuid?.(4711)
      try {
        readSecretFile(file, anywhere)
        return 'it was read'
      } catch (error) {
        return String(error)
      } finally {
        if (root) process.seteuid?.(0)
      }
    }
    expect(refusal(path)).toMatch(
      /cannot be read \(EACCES\): it belongs to user \d+, group \d+ \(mode 0000\), and this process is user \d+, group \d+; .*defaultMode 0440 and fsGroup/,
    )
    mkdirSync(join(folder, 'closed'), { mode: 0o000 })
    expect(refusal(join(folder, 'closed', 'key'))).toContain(
      'cannot be read (EACCES): a folder on the way to it is closed',
    )
    chmodSync(join(folder, 'closed'), 0o700)
  })

  describe.skipIf(process.geteuid?.() !== 0)('of a given owner (needs root, to change the owner of files)', () => {
    const service = 4711
    const owned = (uid: number, mode: number) => () => {
      chownSync(path, uid, service)
      chmodSync(path, mode)
      expect(statSync(path).mode & 0o777).toBe(mode)
      return readSecretFile(path, { ...inside, effectiveUser: service })
    }

    it.each([0o600, 0o400])('N-532 is read where it is the own one, closed to others (mode %o)', (mode) => {
      expect(String(owned(service, mode)())).toBe('secret')
    })

    it.each([0o640, 0o440, 0o644, 0o620])(
      'N-532 is refused where it is the own one, open to others (mode %o)',
      (mode) => {
        expect(owned(service, mode)).toThrow('is open to others')
      },
    )

    it.each([0o640, 0o440, 0o400])("N-532 is read where it is root's, open to its group at most (mode %o)", (mode) => {
      expect(String(owned(0, mode)())).toBe('secret')
    })

    it.each([0o644, 0o444, 0o660, 0o604])("N-532 is refused where it is root's, open to others (mode %o)", (mode) => {
      expect(owned(0, mode)).toThrow(/is open to others .* mount it with mode 0400.* defaultMode 0440/)
    })

    it('N-532 is refused where it is a third party’s, whatever its mode', () => {
      expect(owned(4712, 0o600)).toThrow('belongs to another user (id 4712)')
    })
  })
})
