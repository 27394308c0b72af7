import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { withSection } from '../release/changelog.ts'
import { changeOf } from '../release/commits.ts'
import { contractChanges } from '../release/contract-changes.ts'
import { readContract } from '../release/contract-facts.ts'
import { planRelease, writeRelease } from '../release/release.ts'
import { neededLevel, raise } from '../release/version.ts'

const repository = resolve(import.meta.dirname, '../..')

describe('a commit', () => {
  it('is a change of a type, in a scope, which may break callers', () => {
    const at = (subject: string, body = '') => changeOf({ subject, body })
    expect(at('feat(server): a page')).toEqual({ type: 'feat', scope: 'server', subject: 'a page', breaks: undefined })
    expect(at('fix: a fault')).toEqual({ type: 'fix', scope: undefined, subject: 'a fault', breaks: undefined })
    expect(at('feat(core)!: no page')?.breaks).toBe('no page')
    expect(at('fix: a fault', 'Why.\n\nBREAKING CHANGE: the page\nis gone.\n\nSee: there')?.breaks).toBe(
      'the page is gone.',
    )
    expect(at('Merge branch main')).toBeUndefined()
  })
})

describe('the next version', () => {
  it('follows Semantic Versioning, before 1.0.0 too', () => {
    expect(neededLevel('1.2.3', { breaks: true, adds: true })).toBe('major')
    expect(neededLevel('0.2.3', { breaks: true, adds: true })).toBe('minor')
    expect(neededLevel('1.2.3', { breaks: false, adds: true })).toBe('minor')
    expect(neededLevel('1.2.3', { breaks: false, adds: false })).toBe('patch')
    expect([raise('1.2.3', 'major'), raise('1.2.3', 'minor'), raise('1.2.3', 'patch')]).toEqual([
      '2.0.0',
      '1.3.0',
      '1.2.4',
    ])
    expect(() => raise('1.2', 'patch')).toThrow('the version 1.2 is not of the form 1.2.3')
  })
})

type Schema = Readonly<Record<string, unknown>>

/** What differs in each part of the contract below. */
interface Parts {
  readonly order?: Schema
  readonly receipt?: Schema
  readonly item?: Schema
  readonly operation?: Schema
  readonly codes?: readonly string[]
}

/** A contract with one operation, which takes `Order`, responds with `Receipt`, and has both in common `Item`. */
function contractWith({ order = {}, receipt = {}, item = {}, operation = {}, codes = ['a_code'] }: Parts) {
  const json = (name: string) => ({
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
  })
  const member = { type: 'string', maxLength: 10 }
  return {
    paths: {
      '/orders': {
        post: {
          operationId: 'createOrder',
          parameters: [{ name: 'dry', in: 'query', schema: { type: 'boolean' } }],
          requestBody: { required: true, ...json('Order') },
          responses: { 201: json('Receipt'), 400: json('Problem') },
          ...operation,
        },
      },
    },
    components: {
      schemas: {
        Order: {
          type: 'object',
          required: ['name'],
          properties: { name: member, note: member, item: { $ref: '#/components/schemas/Item' } },
          ...order,
        },
        Receipt: {
          type: 'object',
          required: ['id'],
          properties: { id: member, item: { $ref: '#/components/schemas/Item' } },
          ...receipt,
        },
        Item: {
          type: 'object',
          required: ['kind'],
          properties: { kind: { type: 'string', enum: ['x', 'y'] }, size: { type: 'integer' } },
          ...item,
        },
        Problem: { type: 'object', properties: { code: { $ref: '#/components/schemas/ProblemCode' } } },
        ProblemCode: { type: 'string', enum: codes },
        Unused: { type: 'string' },
      },
    },
  }
}

const changes = (after: Parts, before: Parts = {}) =>
  contractChanges(readContract(contractWith(before)), readContract(contractWith(after))).map(
    ({ breaks, text }) => `${breaks ? 'breaks' : 'keeps'} ${text}`,
  )
const text = { type: 'string', maxLength: 10 }
const reference = { $ref: '#/components/schemas/Item' }

describe('the differences of two contracts', () => {
  it('are none where only texts differ', () => {
    expect(changes({ order: { description: 'Other words.', example: {} } })).toEqual([])
  })

  it('tell operations that are new or gone', () => {
    const [old, now] = [contractWith({}), contractWith({})]
    const moved = { ...now, paths: { '/purchases': now.paths['/orders'] } }
    expect(contractChanges(readContract(old), readContract(moved))).toEqual([
      { breaks: true, text: '`POST /orders` was removed' },
      { breaks: false, text: '`POST /purchases` is new' },
    ])
  })

  it.each<readonly [string, Parts, readonly string[]]>([
    [
      'another name, other callers and stricter parameters of an operation',
      {
        operation: {
          operationId: 'order',
          security: [],
          parameters: [{ name: 'dry', in: 'query', required: true, schema: { type: 'boolean' } }],
        },
      },
      [
        'breaks `POST /orders`: operation id: createOrder, now order',
        'breaks `POST /orders`: who may call it has changed',
        'breaks `POST /orders`: `query parameter dry` is required now',
      ],
    ],
    [
      'a parameter that is gone, and one that is new',
      { operation: { parameters: [{ name: 'page', in: 'query', schema: { type: 'string' } }] } },
      [
        'breaks `POST /orders`: `query parameter dry` was removed',
        'keeps `POST /orders`: `query parameter page` is new',
      ],
    ],
    [
      'members of a request',
      {
        order: {
          required: ['name', 'color'],
          properties: { name: { type: 'string', maxLength: 20 }, color: text, size: text, item: reference },
        },
      },
      [
        'keeps `Order`: `name`: its maxLength is `20` now, was `10`',
        'breaks `Order`: `note` was removed',
        'breaks `Order`: `color` is new',
        'keeps `Order`: `size` is new',
      ],
    ],
    [
      'a request that permits less',
      {
        order: {
          required: ['name', 'note'],
          properties: { name: { type: 'string', maxLength: 5, pattern: '^a' }, note: text, item: reference },
        },
      },
      [
        'breaks `Order`: `name`: its maxLength is `5` now, was `10`',
        'breaks `Order`: `name`: its pattern is new',
        'breaks `Order`: `note` is required now',
      ],
    ],
    [
      'members of a response',
      {
        receipt: {
          required: [],
          properties: { id: { type: ['string', 'null'], maxLength: 5 }, paid: { type: 'boolean' } },
        },
      },
      [
        'breaks `Receipt`: `id` is null or string now, was string',
        'breaks `Receipt`: `id` is optional now',
        'breaks `Receipt`: `item` was removed',
        'keeps `Receipt`: `paid` is new',
      ],
    ],
    [
      'what requests and responses have in common',
      { item: { required: [], properties: { kind: { type: 'string', enum: ['y', 'z'] }, size: { type: 'integer' } } } },
      [
        'keeps `Item`: `kind`: the value `"z"` is new',
        'breaks `Item`: `kind`: the value `"x"` was removed',
        'breaks `Item`: `kind` is optional now',
      ],
    ],
    [
      'error codes',
      { codes: ['b_code'] },
      ['keeps error code `b_code` is new', 'breaks error code `a_code` was removed'],
    ],
    [
      'statuses, without what is in them',
      { operation: { responses: { 200: { content: { 'application/json': { schema: text } } }, 400: {}, 409: {} } } },
      [
        'breaks `POST /orders`: `response 201` was removed',
        'breaks `POST /orders`: `response 400 application/json` was removed',
        'keeps `POST /orders`: `response 200` is new',
        'keeps `POST /orders`: `response 409` is new',
      ],
    ],
  ])('tell %s', (_what, after, told) => {
    expect(changes(after).toSorted()).toEqual(told.toSorted())
  })
})

describe('pnpm release', () => {
  let folder: string
  const git = (...given: string[]) => execFileSync('git', given, { cwd: folder, encoding: 'utf8' })
  const write = (path: string, content: string | object) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`)
  }
  const commit = (...messages: string[]) => {
    git('add', '-A')
    git('commit', '--allow-empty', '-q', ...messages.flatMap((message) => ['-m', message]))
  }
  const manifest = (name: string) => JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')).version
  const read = (path: string) => readFileSync(join(folder, path), 'utf8')

  beforeEach(({ onTestFinished }) => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-release-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const name of ['apps/server', 'packages/core', 'packages/client', 'spec']) {
      write(`${name}/package.json`, { name, version: '0.1.0' })
    }
    write('spec/openapi.yaml', 'openapi: 3.1.0\ninfo:\n  version: 0.1.0\n')
    write('spec/operations.yaml', 'example: { info: { title: Countersign, version: 0.1.0 } }\n')
    write('spec/dialects/manifold.yaml', 'example: { product_release: 0.1.0 }\n')
    write('spec/gen/openapi.json', contractWith({}))
    git('init', '-q', '--initial-branch=main')
    for (const [name, value] of [
      ['user.name', 'Ada'],
      ['user.email', 'ada@example.org'],
      ['commit.gpgsign', 'false'],
    ] as const) {
      git('config', name, value)
    }
    commit('feat(server): the beginning')
    commit('fix(server): a fault that nobody has seen')
  })

  it('gives the first release the version that there is, and tells its features', () => {
    const { version, section } = planRelease(folder)
    expect(version).toBe('0.1.0')
    expect(section).toContain('### Features\n\n- **server**: the beginning\n')
    expect(section).toContain('The first release.')
    writeRelease(folder, planRelease(folder))
    commit('docs: the changelog')
    expect(withSection(read('CHANGELOG.md'), planRelease(folder).section)).toBe(read('CHANGELOG.md'))
    expect(section).not.toContain('Fixes')
  })

  it('raises the version as the commits and the contract need, in every place, and adds a section', () => {
    writeRelease(folder, planRelease(folder))
    commit('chore: release 0.1.0')
    git('tag', 'v0.1.0')
    commit('fix(client): a fault')
    expect(planRelease(folder).version).toBe('0.1.1')
    write('spec/gen/openapi.json', contractWith({ codes: ['a_code', 'b_code'] }))
    commit('fix(server): another code', 'BREAKING CHANGE: programs must know b_code.')

    const planned = planRelease(folder)
    expect(planned.version).toBe('0.2.0')
    writeRelease(folder, planned)
    expect(['apps/server', 'packages/core', 'packages/client', 'spec'].map(manifest)).toEqual(Array(4).fill('0.2.0'))
    expect(read('spec/openapi.yaml')).toContain('version: 0.2.0\n')
    expect(read('spec/operations.yaml')).toContain('version: 0.2.0 }')
    expect(read('spec/dialects/manifold.yaml')).toContain('product_release: 0.2.0 ')
    const day = git('log', '-1', '--format=%cs').trim()
    expect(read('CHANGELOG.md').split('\n## ').slice(1)).toEqual([
      [
        `0.2.0 (${day})\n`,
        '### Breaking changes\n',
        '- **server**: programs must know b_code.\n',
        '### Fixes\n',
        '- **server**: another code\n- **client**: a fault\n',
        '### The contract\n',
        '- error code `b_code` is new\n',
      ].join('\n'),
      expect.stringMatching(/^0\.1\.0 [\s\S]*The first release\.\n[\s\S]*the beginning\n$/),
    ])
  })

  it('refuses less than what is needed, a work in progress, and a release of nothing', () => {
    git('tag', 'v0.1.0')
    expect(() => planRelease(folder)).toThrow('there is no commit since v0.1.0')
    commit('feat(core)!: another beginning')
    expect(() => planRelease(folder, 'patch')).toThrow('the changes since v0.1.0 need a minor version, not a patch one')
    expect(planRelease(folder, 'major').version).toBe('1.0.0')
    const planned = planRelease(folder)
    write('spec/openapi.yaml', 'info:\n  version: 0.1.0\n')
    expect(() => writeRelease(folder, planned)).toThrow('spec/openapi.yaml is not committed')
    expect(manifest('apps/server')).toBe('0.1.0')
  })

  it('prints the release and changes nothing with --dry-run', () => {
    cpSync(join(repository, 'scripts/release'), join(folder, 'scripts/release'), { recursive: true })
    cpSync(join(repository, 'scripts/release.ts'), join(folder, 'scripts/release.ts'))
    write('package.json', { type: 'module' })
    commit('build: a script')
    git('tag', 'v0.1.0')
    commit('feat: a page')
    const run = (...given: string[]) =>
      spawnSync(process.execPath, ['scripts/release.ts', ...given], { cwd: folder, encoding: 'utf8' })
    const { status, stdout, stderr } = run('--dry-run')
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^0\.1\.0 -> 0\.2\.0\n\n## 0\.2\.0 \([\d-]+\)\n\n### Features\n\n- a page\n/),
      stderr: '',
    })
    expect(git('status', '--porcelain')).toBe('')
    expect(run('enormous')).toMatchObject({ status: 1, stderr: 'release: "enormous" is none of patch, minor, major\n' })
    expect(run('--now').stderr).toMatch(/^release: Unknown option '--now'/)
  })
})
