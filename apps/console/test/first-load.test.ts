import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it } from 'vitest'

const dist = join(import.meta.dirname, '../dist')
const mostBytes = 150_000

interface Chunk {
  readonly file: string
  readonly imports?: readonly string[]
  readonly css?: readonly string[]
  readonly assets?: readonly string[]
}

describe('what a browser loads before the first page is there', () => {
  beforeEach((context) => {
    if (!existsSync(join(dist, 'index.html'))) context.skip('the console is not built (pnpm build)')
  })

  const filesOf = (...entries: string[]): ReadonlySet<string> => {
    const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>
    const [seen, files] = [new Set<string>(), new Set<string>()]
    const visit = (name: string) => {
      const chunk = manifest[name]
      if (!chunk || seen.has(name)) return
      seen.add(name)
      for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file)
      for (const next of chunk.imports ?? []) visit(next)
    }
    for (const entry of entries) visit(entry)
    return files
  }

  it.each(['src/views/overview/overview.tsx', 'src/views/mine/tokens.tsx'])(
    'is at most 150 kB, compressed, in the longer language: %s',
    (view) => {
      const files = filesOf('index.html', 'src/language/german.ts', view)
      expect(files.size).toBeGreaterThan(5)
      const sizes = [...files].map((file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length)
      const bytes = sizes.reduce((sum, size) => sum + size, 0)
      console.log(`${view}: ${files.size} files, ${(bytes / 1000).toFixed(1)} kB`)
      expect(bytes).toBeLessThanOrEqual(mostBytes)
    },
  )

  it('names no other origin, and has no script or style in the page itself', () => {
    const page = readFileSync(join(dist, 'index.html'), 'utf8')
    const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address)
    expect(addresses.length).toBeGreaterThan(2)
    for (const address of addresses) expect(address).toMatch(/^\/console\/assets\/[\w.-]+$/)
    expect(page).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/)
  })
})
