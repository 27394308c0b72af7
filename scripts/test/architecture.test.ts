import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const repository = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(repository, 'ARCHITECTURE.md'), 'utf8')
const folders: Readonly<Record<string, string>> = {
  core: 'packages/core/src',
  server: 'apps/server/src',
  store: 'packages/store/src',
}

/** `server/native/sessions.ts` `createSession`: a file, below the source folder of its package, and a name in it. */
const named = [...page.matchAll(/`(core|server|store)\/([\w./-]+\.ts)` `(\w+)`/g)]
  .map(([, part = '', path = '', name = '']) => [join(folders[part] ?? '', path), name] as const)
  // The dialect of the example may have been removed.
  .filter(([path]) => !path.includes('/dialects/') || existsSync(join(repository, dirname(path))))

describe('the sequences of ARCHITECTURE.md', () => {
  it('name functions of every part', () => {
    expect(named.length).toBeGreaterThan(25)
  })

  it.each(named)('%s has %s', (path, name) => {
    expect(existsSync(join(repository, path)), path).toBe(true)
    expect(readFileSync(join(repository, path), 'utf8')).toMatch(new RegExp(`(^|[^\\w.])#?${name}\\b`, 'm'))
  })

  it('are numbered without gaps', () => {
    const [, section = ''] = page.split('\n## Four operations, step by step\n')
    const tables = (section.split('\n## ')[0] ?? '').split('\n### ').slice(1)
    expect(tables).toHaveLength(4)
    for (const table of tables) {
      const steps = [...table.matchAll(/^\| (\d+)[ab]? \|/gm)].map(([, step]) => Number(step))
      expect([...new Set(steps)]).toEqual(Array.from({ length: steps.at(-1) ?? 0 }, (_, at) => at + 1))
    }
  })
})

describe('the diagram of a request in ARCHITECTURE.md', () => {
  const [, diagram = ''] = /```text\n(HTTP message[\s\S]*?)```/.exec(page) ?? []
  const branches = [...diagram.matchAll(/├─▶ (.*?) {2,}/g)].flatMap(([, codes = '']) => [
    ...codes.matchAll(/\b[a-z]+(?:_[a-z]+)+\b|\b(?:throttled|overloaded|unavailable|internal)\b/g),
  ])

  it('names codes of docs/errors.md', () => {
    const errors = readFileSync(join(repository, 'docs/errors.md'), 'utf8')
    expect(branches.length).toBeGreaterThan(20)
    for (const [code] of branches) expect(errors, code).toContain(`\n| \`${code}\` |`)
  })

  it('names files of the server', () => {
    const files = [...diagram.matchAll(/[\w/-]+\.ts/g)].map(([path]) => path)
    expect(files.length).toBeGreaterThan(8)
    for (const path of files) expect(existsSync(join(repository, 'apps/server/src', path)), path).toBe(true)
  })
})
