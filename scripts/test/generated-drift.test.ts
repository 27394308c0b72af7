import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generate } from '../generate/generate.ts'
import { differences, place } from '../generate/outputs.ts'
import { stubsObstacle } from '../generate/stubs.ts'

const repository = resolve(import.meta.dirname, '../..')
const folders = ['spec/gen', 'packages/client/src/generated', 'apps/server/src/generated']
const obstacle = await stubsObstacle(repository)

let target: string
let empty: string
beforeAll(() => {
  target = mkdtempSync(join(tmpdir(), 'generated-'))
  empty = mkdtempSync(join(tmpdir(), 'generated-'))
  for (const folder of folders) cpSync(join(repository, folder), join(target, folder), { recursive: true })
})
afterAll(() => {
  rmSync(target, { recursive: true })
  rmSync(empty, { recursive: true })
})

describe('the drift check', () => {
  it('finds nothing between a tree and itself', () => {
    expect(differences(target, target, folders)).toEqual([])
  })

  it('finds every file that is missing', () => {
    expect(differences(target, empty, ['spec/gen'])).toEqual(['spec/gen/openapi.json', 'spec/gen/types.ts'])
  })

  it.skipIf(obstacle !== undefined)(
    'names the files that are changed, missing or left over, and changes none of them',
    { timeout: 120_000 },
    async () => {
      const check = () => generate({ repository, target, check: true, strict: true, say: () => undefined })
      const before = await check()
      appendFileSync(join(target, 'apps/server/src/generated/routes.ts'), '// edited by hand\n')
      rmSync(join(target, 'packages/client/src/generated/types.ts'))
      writeFileSync(join(target, 'apps/server/src/generated/handlers/GoneHandlers.ts'), 'export {}\n')
      const after = await check()
      expect(before).toEqual([])
      expect(after).toEqual([
        'apps/server/src/generated/handlers/GoneHandlers.ts',
        'apps/server/src/generated/routes.ts',
        'packages/client/src/generated/types.ts',
      ])
      expect(differences(repository, target, folders)).toEqual(after)
    },
  )

  it('is satisfied once what was made is in its place', () => {
    const staging = mkdtempSync(join(empty, 'staging-'))
    cpSync(join(repository, 'spec/gen'), join(staging, 'spec/gen'), { recursive: true })
    expect(place(staging, empty, ['spec/gen'])).toEqual(['spec/gen/openapi.json', 'spec/gen/types.ts'])
    expect(differences(repository, empty, ['spec/gen'])).toEqual([])
  })
})
