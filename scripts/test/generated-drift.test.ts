import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { generate } from '../generate/generate.ts'
import { differences, place } from '../generate/outputs.ts'
import { outdatedStubs, stubsObstacle } from '../generate/stubs.ts'

const repository = resolve(import.meta.dirname, '../..')
const folders = ['spec/gen', 'apps/server/src/generated']
const ofContract = [
  ...['body-validators', 'index', 'parameter-validators'].map((name) => `spec/gen/compiled/${name}.ts`),
  'spec/gen/openapi.json',
  'spec/gen/types.ts',
]
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
    expect(differences(target, empty, ['spec/gen'])).toEqual(ofContract)
  })

  it.skipIf(obstacle !== undefined)(
    'names the files that are changed, missing or left over, and changes none of them',
    { timeout: 120_000 },
    async () => {
      const given = { repository, check: true, obstacle, strict: true, say: () => undefined }
      const check = () => generate({ ...given, target })
      appendFileSync(join(target, 'apps/server/src/generated/index.ts'), '// edited by hand\n')
      rmSync(join(target, 'spec/gen/types.ts'))
      mkdirSync(join(target, 'apps/server/src/generated/handlers'))
      writeFileSync(join(target, 'apps/server/src/generated/handlers/GoneHandlers.ts'), 'export {}\n')
      const after = await check()
      expect(after.unmade).toBeUndefined()
      expect(after.changed).toEqual([
        'apps/server/src/generated/handlers/GoneHandlers.ts',
        'apps/server/src/generated/index.ts',
        'spec/gen/types.ts',
      ])
      expect(differences(repository, target, folders)).toEqual(after.changed)
    },
  )

  it('finds edited stubs where they cannot be made, and says what it did not check', { timeout: 120_000 }, async () => {
    const edited = mkdtempSync(join(tmpdir(), 'generated-'))
    onTestFinished(() => rmSync(edited, { recursive: true }))
    for (const folder of folders) cpSync(join(repository, folder), join(edited, folder), { recursive: true })
    const stubs = join(edited, 'apps/server/src/generated/index.ts')
    const asMade = readFileSync(stubs, 'utf8')
    const [, hash = ''] = /of the bundle: (\w+)/.exec(asMade) ?? []
    const check = () => outdatedStubs(edited, hash)
    expect(check()).toEqual([])
    expect(outdatedStubs(edited, 'another')).toEqual(['apps/server/src/generated/index.ts'])
    for (const text of [
      `${asMade}// edited by hand\n`,
      asMade.replace("'DELETE'", "'PURGE'"),
      asMade.replace(/of the bundle: ./, 'of the bundle: x'),
      asMade.replace('do not edit', 'edit'),
      '',
    ]) {
      writeFileSync(stubs, text)
      expect(check()).toEqual(['apps/server/src/generated/index.ts'])
    }
    writeFileSync(stubs, asMade)
    expect(check()).toEqual([])
    rmSync(stubs)
    writeFileSync(join(edited, 'apps/server/src/generated/gone.ts'), 'export {}\n')
    const changed = ['gone.ts', 'index.ts'].map((file) => `apps/server/src/generated/${file}`)
    expect(check()).toEqual(changed)
    const given = { repository, check: true, obstacle: 'no Java', strict: false, say: () => undefined }
    const checked = await generate({ ...given, target: edited })
    expect(checked.changed).toEqual(changed)
    expect(checked.unmade).toMatch(/was not made \(no Java\)[\s\S]*Not checked: /)
  })

  it('is satisfied once what was made is in its place', () => {
    const staging = mkdtempSync(join(empty, 'staging-'))
    cpSync(join(repository, 'spec/gen'), join(staging, 'spec/gen'), { recursive: true })
    expect(place(staging, empty, ['spec/gen'])).toEqual(ofContract)
    expect(differences(repository, empty, ['spec/gen'])).toEqual([])
  })
})
