import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { regionOf, shownRegions } from './languages/regions.ts'
import { repository } from './programs.ts'

const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const document = read('docs/verify-in-your-language.md')
const shown = shownRegions(document)

describe('docs/verify-in-your-language.md', () => {
  it.each(shown)('shows the region $region of $path as it is', ({ path, region, code }) => {
    expect(code).toBe(regionOf(read(path), region))
  })

  it('shows every region of the examples', () => {
    const sources = globSync('examples/languages/**/*.{ts,py,go,java,rs}', { cwd: repository, exclude: ['**/target'] })
    const regions = sources.flatMap((path) =>
      [...read(path).matchAll(/^\s*(?:\/\/|#) region: (\w+)$/gm)].map(([, region]) => `${region} of ${path}`),
    )
    expect(regions.length).toBeGreaterThan(10)
    expect(shown.map(({ path, region }) => `${region} of ${path}`).sort()).toEqual(regions.sort())
  })

  it('has no other blocks, except those of the section that says that it was not run', () => {
    const [tested = '', notRun = ''] = document.split('\n## .NET\n')
    expect([...tested.matchAll(/^```\w+$/gm)]).toHaveLength(shown.length)
    expect(notRun).toContain('**Not run:**')
  })
})
