import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath, resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { bundle, fragmentFiles, print } from '../../spec/bundler/bundle.ts'
import { BundleError, join, type Node, type Source } from '../../spec/bundler/join.ts'
import { operationsOf } from '../../spec/reader/operations.ts'

const contract = resolve(import.meta.dirname, '../../spec')
const root: Source = {
  file: 'openapi.yaml',
  content: { openapi: '3.1.0', components: { schemas: { Id: { type: 'string' } } } },
}
const fragment = (file: string, content: Node): Source => ({ file, content })
const operation = (operationId: string): Node => ({
  get: { operationId, responses: { 200: { description: 'Good.' } } },
})

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})
const copyOfContract = (): string => {
  const folder = mkdtempSync(joinPath(tmpdir(), 'contract-'))
  folders.push(folder)
  for (const file of ['openapi.yaml', ...fragmentFiles(contract)])
    cpSync(joinPath(contract, file), joinPath(folder, file))
  return folder
}

describe('the bundler', () => {
  it('joins paths, tags and components in the order of the files', () => {
    const joined = join(root, [
      fragment('b.yaml', { tags: [{ name: 'b' }], paths: { '/b': operation('showB') } }),
      fragment('a.yaml', { paths: { '/a': operation('showA') }, components: { schemas: { A: { type: 'object' } } } }),
    ])
    expect(joined.tags).toEqual([{ name: 'b' }])
    expect(Object.keys(joined.paths as Node)).toEqual(['/b', '/a'])
    expect(joined.components).toEqual({ schemas: { Id: { type: 'string' }, A: { type: 'object' } } })
  })

  it.each([
    ['path', 'path /a', { paths: { '/a': operation('showOther') } }],
    ['operationId', 'operationId showA', { paths: { '/other': operation('showA') } }],
    ['tag', 'tag a', { tags: [{ name: 'a' }] }],
    ['component', 'component schemas/A', { components: { schemas: { A: {} } } }],
    ['component of the root', 'component schemas/Id', { components: { schemas: { Id: {} } } }],
  ])('refuses two files with the same %s and names both', (_kind, what, content) => {
    const first = fragment('a.yaml', {
      tags: [{ name: 'a' }],
      paths: { '/a': operation('showA') },
      components: { schemas: { A: {} } },
    })
    const joining = () => join(root, [first, fragment('dialects/b.yaml', content)])
    expect(joining).toThrow(BundleError)
    expect(joining).toThrow(new RegExp(`${what} is defined in \\S+ and in dialects/b.yaml`))
  })

  it('shows the tags that the root names before the others', () => {
    const fragments = ['a', 'b', 'c', 'd'].map((name) => fragment(`${name}.yaml`, { tags: [{ name }] }))
    const first = (names: string[]) => ({ ...root, content: { ...root.content, 'x-first-tags': names } })
    const joined = join(first(['c', 'a']), fragments)
    expect(joined.tags).toEqual([{ name: 'c' }, { name: 'a' }, { name: 'b' }, { name: 'd' }])
    expect(joined).not.toHaveProperty('x-first-tags')
    expect(() => join(first(['z']), fragments)).toThrow('there is no tag z')
  })

  it('refuses a fragment that holds what is not its own', () => {
    expect(() => join(root, [fragment('a.yaml', { info: {}, servers: [] })])).toThrow('a.yaml holds info, servers')
  })

  it('writes what every response has to every response, and not what the response says itself', () => {
    const shared: Source = {
      file: 'openapi.yaml',
      content: {
        'x-every-response': { headers: { 'X-Request-Id': { description: 'Ours.' } } },
        components: { responses: { Late: { description: 'Late.' } } },
      },
    }
    const own = { description: 'Own.', headers: { 'X-Request-Id': { description: 'Own.' } } }
    const joined = join(shared, [
      fragment('a.yaml', {
        paths: {
          '/a': {
            get: { operationId: 'showA', responses: { 200: own, 503: { $ref: '#/components/responses/Late' } } },
          },
        },
      }),
    ])
    expect(joined).toEqual({
      tags: [],
      paths: {
        '/a': { get: { operationId: 'showA', responses: { 200: own, 503: { $ref: '#/components/responses/Late' } } } },
      },
      components: {
        responses: { Late: { description: 'Late.', headers: { 'X-Request-Id': { description: 'Ours.' } } } },
      },
    })
  })

  it('writes what every operation can be answered to each, and gives what was not read no headers', () => {
    const late = { $ref: '#/components/responses/Late' }
    const shared: Source = {
      file: 'openapi.yaml',
      content: {
        'x-every-response': { headers: { 'X-Request-Id': { description: 'Ours.' } } },
        'x-every-operation': { responses: { 431: late } },
        components: { responses: { Late: { description: 'Late.', 'x-unread': true } } },
      },
    }
    const joined = join(shared, [fragment('a.yaml', { paths: { '/a': operation('showA') } })])
    const good = { description: 'Good.', headers: { 'X-Request-Id': { description: 'Ours.' } } }
    expect(joined).toEqual({
      tags: [],
      paths: { '/a': { get: { operationId: 'showA', responses: { 200: good, 431: late } } } },
      components: { responses: { Late: { description: 'Late.', 'x-unread': true } } },
    })
  })

  it('adds a scheme to every operation that takes tokens of its kind, in whatever file', () => {
    const guarded = (operationId: string, kinds: string[]): Node => ({
      get: { operationId, security: [{ bearer: [] }], 'x-access': { kinds }, responses: {} },
    })
    const joined = join(root, [
      fragment('a.yaml', {
        paths: { '/a': guarded('showA', ['session', 'personal']), '/b': guarded('showB', ['session']) },
      }),
      fragment('dialects/b.yaml', {
        paths: { '/c': { get: { operationId: 'showC', security: [], responses: {} } } },
        components: { securitySchemes: { other: { type: 'apiKey', 'x-alternative-for': 'personal' } } },
      }),
    ])
    const securityOf = (path: string) => ((joined.paths as Node)[path] as { get: Node }).get.security
    expect(securityOf('/a')).toEqual([{ bearer: [] }, { other: [] }])
    expect(securityOf('/b')).toEqual([{ bearer: [] }])
    expect(securityOf('/c')).toEqual([])
    expect((joined.components as Node).securitySchemes).toEqual({ other: { type: 'apiKey' } })
  })

  it('writes out to each operation of a tag that it ignores unknown parameters, and to no other', () => {
    const ofTag = (operationId: string, tag: string): Node => ({ get: { operationId, tags: [tag], responses: {} } })
    const joined = join(root, [
      fragment('a.yaml', {
        tags: [{ name: 'vendor', 'x-unknown-query': 'ignored' }, { name: 'ours' }],
        paths: { '/a': ofTag('showA', 'vendor'), '/b': ofTag('showB', 'ours') },
      }),
    ])
    const ignores = (path: string) =>
      ((joined.paths as Node)[path] as { get: Node }).get['x-eov-allow-unknown-query-parameters']
    expect([ignores('/a'), ignores('/b')]).toEqual([true, undefined])
    expect(joined.tags).toEqual([{ name: 'vendor' }, { name: 'ours' }])
  })

  it('ends each description with who may call the operation', () => {
    const described = (operationId: string, access: Node): Node => ({
      get: { operationId, description: 'Shows it.\n', 'x-access': access, responses: {} },
    })
    const joined = join(root, [
      fragment('a.yaml', {
        paths: {
          '/a': described('showA', { least: 'viewer', self: true, kinds: ['session'], presented: 'none' }),
          '/b': described('showB', { least: 'manager', self: true, kinds: ['session', 'machine', 'personal'] }),
          '/c': described('showC', { least: 'none', self: false, presented: 'client' }),
          '/d': { get: { operationId: 'showD', description: 'Says nothing of access.', responses: {} } },
        },
      }),
    ])
    expect(operationsOf(joined).map(({ description }) => description)).toEqual([
      'Shows it.\n\n**Callers:** every role, with a session.',
      "Shows it.\n\n**Callers:** managers and the owner, with a session, a client's token or a personal token; other users for their own account only.",
      'Shows it.\n\n**Callers:** clients, which authenticate in this request (RFC 6749 §2.3).',
      'Says nothing of access.',
    ])
  })

  it('prints the same contract in the same bytes', () => {
    expect(print(bundle(contract))).toBe(print(bundle(contract)))
  })
})

describe('a dialect', () => {
  const dialects = fragmentFiles(contract).filter((file) => file.startsWith('dialects/'))

  it.each(dialects)('leaves the contract with %s, whole and without a trace', (file) => {
    const folder = copyOfContract()
    rmSync(joinPath(folder, file))
    const name = file.replace(/^dialects\/(.*)\.yaml$/, '$1')
    const rest = bundle(folder)
    const prefix = new RegExp(`"(?:${name}|[^"]*/${name}-api)`, 'i')
    expect(JSON.stringify({ ...rest, info: {} }).replaceAll(/"(?:dialect|client_id)":"[^"]*"/g, '')).not.toMatch(prefix)
    expect(danglingReferences(rest)).toEqual([])
  })

  it('is part of the contract as soon as its file is there', () => {
    const folder = copyOfContract()
    const before = Object.keys(bundle(folder).paths as Node)
    const zeta = { tags: [{ name: 'zeta' }], paths: { '/zeta': operation('zetaLogin') } }
    writeFileSync(joinPath(folder, 'dialects/zeta.yaml'), JSON.stringify(zeta))
    expect(Object.keys(bundle(folder).paths as Node)).toEqual([...before, '/zeta'])
  })
})

/** References that lead nowhere. */
const danglingReferences = (document: Node): string[] => {
  const found: string[] = []
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return
    const { $ref } = value as Node
    if (typeof $ref === 'string') {
      const parts = $ref.replace('#/', '').split('/')
      const target = parts.reduce<unknown>((at, part) => (at as Node | undefined)?.[part], document)
      if (target === undefined) found.push($ref)
    }
    for (const part of Object.values(value)) visit(part)
  }
  visit(document)
  return found
}
