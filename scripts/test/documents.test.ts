import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withDialectsTable } from '../../apps/server/src/compose/dialects-table.ts'
import type { Dialect } from '../../apps/server/src/dialects/kit/dialect.ts'
import { dialects } from '../../apps/server/src/dialects/registry.ts'
import type { ErrorRenderer } from '../../apps/server/src/errors/error-renderer.ts'
import { type ErrorCode, errorCodes } from '../../apps/server/src/errors/kinds.ts'
import { nativeErrors } from '../../apps/server/src/native/errors.ts'
import { oauthErrors } from '../../apps/server/src/oauth/errors.ts'
import { dialectTests } from '../../apps/server/test/dialects.ts'

const repository = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(repository, path), 'utf8')

/** The cells of every row of a document's tables whose first cell is a word in backticks. */
const rows = (document: string): string[][] =>
  [...document.matchAll(/^\| `[^`]+` \|.*$/gm)].map(([row]) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  )

/** The members of a union of string literals, from the source: a type leaves nothing at run time. */
function unionMembers(path: string, name: string): string[] {
  const [, body = ''] = new RegExp(`type ${name} =((?:\\s*\\| '\\w+')+|(?: '\\w+' ?\\|?)+)`).exec(read(path)) ?? []
  const members = [...body.matchAll(/'(\w+)'/g)].map(([, member = '']) => member)
  expect(members.length, `${name} in ${path}`).toBeGreaterThan(1)
  return members
}

/** The words of an enum in the contract, or of a member of an object there. */
function enumOf(schema: string, member: string): readonly string[] {
  const { schemas } = JSON.parse(read('spec/gen/openapi.json')).components
  return schemas[schema].enum ?? schemas[schema].properties[member].enum
}

const answered = (audience: ErrorRenderer, code: string) => {
  const facts = {
    detail: '',
    reason: undefined,
    retryAfterSeconds: undefined,
    maxAgeSeconds: undefined,
    neededScope: undefined,
  }
  const places = { errors: [], headers: {} }
  const hidden = { authorization: undefined, outcome: undefined, cause: undefined, neededScope: undefined }
  return audience.render({ ...facts, ...places, ...hidden, code: code as ErrorCode }, undefined)
}
const rendered = (audience: ErrorRenderer, code: string) => {
  const { status, body } = answered(audience, code)
  return { status, body: JSON.parse(String(body)) as Record<string, string> }
}

describe('docs/errors.md', () => {
  const documented = rows(read('docs/errors.md').split('\n## ')[0] ?? '')
  it('has every code, and no other', () => {
    expect(documented.map(([code]) => code).sort()).toEqual(errorCodes.map((code) => `\`${code}\``).sort())
  })

  it('says what native callers and OAuth clients see', () => {
    for (const [cell = '', , native, oauth] of documented) {
      const code = cell.replaceAll('`', '')
      const problem = rendered(nativeErrors, code)
      const seen = problem.body.code === code ? '' : ` \`${problem.body.code}\``
      expect(native, code).toBe(`${problem.status}${seen}`)
      const error = rendered(oauthErrors, code)
      expect(oauth, code).toBe(`${error.status} \`${error.body.error}\``)
    }
  })

  it.each([
    ['ProblemCode', 'code', nativeErrors],
    ['OAuthError', 'error', oauthErrors],
    ...dialectTests.flatMap(({ dialect, errorSchema }) => {
      const renderer = (dialects as readonly Dialect[]).find(({ name }) => name === dialect)?.errors
      return errorSchema && renderer ? [[errorSchema, 'code', renderer] as const] : []
    }),
  ] as const)('has the codes of which %s of the contract knows all, and no other', (schema, member, audience) => {
    // No operation documents 500: what it says there is in no schema but those that every answer shares.
    const known = enumOf(schema, member)
    const shown = errorCodes.map((code) => rendered(audience, code))
    const words = shown.filter(({ status, body }) => status !== 500 || known.includes(body[member] ?? ''))
    expect([...known].sort()).toEqual([...new Set(words.map(({ body }) => body[member]))].sort())
  })

  it('has every reason of a refused password, and no other', () => {
    const reasons = rows(read('docs/errors.md').split('\n## ')[1] ?? '').map(([reason]) => reason?.replaceAll('`', ''))
    expect(reasons.sort()).toEqual(
      unionMembers('packages/core/src/authentication/password-rules.ts', 'PasswordFault').sort(),
    )
  })

  it('has every code of the client, and no other', () => {
    const source = read('packages/client/src/transport/errors.ts')
    const own = [...source.matchAll(/super\('\w+', '(\w+)'/g)].map(([, code]) => `\`${code}\``)
    expect(rows(read('docs/errors.md').split('\n## ')[2] ?? '').map(([code]) => code)).toEqual(
      expect.arrayContaining(own),
    )
    expect(own).toHaveLength(3)
  })
})

describe('docs/dialects.md', () => {
  const table = new Map(
    [...read('docs/dialects.md').matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) => {
      const [name = '', ...cells] = row.split(' | ')
      return [name, cells]
    }),
  )
  const each: readonly Dialect<object>[] = dialects

  it('has what each dialect says of itself (else run apps/server/src/compose/write-documentation.ts)', () => {
    const readmes = each.map(({ name }) => ({ name, text: read(`apps/server/src/dialects/${name}/README.md`) }))
    expect(read('docs/dialects.md')).toBe(withDialectsTable(read('docs/dialects.md'), readmes))
    for (const { text } of readmes) expect(text).toContain('\n## Moving a client\n')
    const [first = { name: '', text: '' }] = readmes
    const other = { name: 'other', text: first.text.replace('| lives |', '| dies |') }
    expect(() => withDialectsTable(read('docs/dialects.md'), [first, other])).toThrow(
      'the README of other has other rows',
    )
    expect(() => withDialectsTable('', readmes)).toThrow('marks')
  })

  it('says which paths are whose', () => {
    expect(table.get('owns')).toEqual(each.map(({ paths }) => paths.map((path) => `\`${path}\``).join(', ')))
  })

  it.each([
    ['no token', 'credentials_missing'],
    ['expired token', 'token_expired'],
    ['any other token', 'token_invalid'],
    ['wrong credentials', 'credentials_invalid'],
  ])('says how each answers %s', (row, code) => {
    const answers = each.map(({ errors: audience }) => {
      const { status, headers = {}, body } = answered(audience, code)
      if (headers['content-type'] === 'text/plain') return `${status}`
      const { code: word, errorId } = JSON.parse(String(body)) as Record<string, unknown>
      const said = errorId ?? word ?? status
      return said === status ? `${status}` : `${status} \`${said}\``
    })
    expect(table.get(row)).toEqual(answers)
  })

  it('says what each calls the members of an error', () => {
    const members = each.map(
      ({ errors: audience }) => `\`{${Object.keys(rendered(audience, 'internal').body).join(', ')}}\``,
    )
    expect(table.get('error body')).toEqual(members)
  })

  it('says how long an access token lives', () => {
    const lives = each.map(({ name }) => {
      const tests = dialectTests.find(({ dialect }) => dialect === name)
      const seconds = tests?.sessionPolicy?.accessLifetimeSeconds ?? tests?.tokenLifetimeSeconds
      return seconds === undefined ? 'until revoked' : `${seconds} s`
    })
    expect(table.get('lives')).toEqual(lives)
  })
})

describe('docs/dependencies.md', () => {
  it('has a line for every entry of the catalog, and no other', () => {
    const [, entries = ''] = read('pnpm-workspace.yaml').split('\ncatalog:\n')
    const catalog = [...entries.matchAll(/^ {2}'?([^':]+)'?:/gm)].map(([, name]) => name)
    expect(catalog.length).toBeGreaterThan(10)
    expect(
      rows(read('docs/dependencies.md'))
        .map(([name]) => name)
        .sort(),
    ).toEqual(catalog.map((name) => `\`${name}\``).sort())
  })

  it('gives a reason in each line', () => {
    for (const [name, why = ''] of rows(read('docs/dependencies.md'))) expect(why.length, name).toBeGreaterThan(10)
  })
})

describe('README.md', () => {
  it('has at most 120 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(120)
  })

  it('names commands that exist', () => {
    const named = /COMMAND`.*?: ([\s\S]*?)\. Each/.exec(read('README.md'))?.[1]?.match(/`[^`]+`/g) ?? []
    const folder = 'apps/server/src/cli'
    const sources = globSync(`${folder}/**/*.ts`, { cwd: repository }).map(read)
    expect(named.length).toBeGreaterThan(5)
    for (const name of named) {
      expect(
        sources.some((source) => source.includes(`name: '${name.replaceAll('`', '')}'`)),
        name,
      ).toBe(true)
    }
  })
})

describe('ARCHITECTURE.md', () => {
  const proofs = [...read('ARCHITECTURE.md').matchAll(/^\| (I\d)(?:–(I\d))? \|.*\| `([^`]+)`: (.*) \|$/gm)]

  it('names a test for each of the nine invariants', () => {
    expect(proofs.map(([, first]) => first)).toEqual(
      expect.arrayContaining([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `I${n}`)),
    )
  })

  it.each(proofs.map(([, invariant, , path = '', title = '']) => [invariant, path, title]))(
    '%s is proven by a test that exists: %s: %s',
    (_invariant, path = '', title = '') => {
      expect(read(path)).toMatch(new RegExp(`(it|describe)\\(\\s*['"]${title.replaceAll(/[()]/g, '\\$&')}`))
    },
  )
})

describe('SECURITY.md', () => {
  it('tells every decision', () => {
    const told = [...read('SECURITY.md').matchAll(/^\| (S\d+) \|/gm)].map(([, decision]) => decision)
    expect(told).toEqual(Array.from({ length: 18 }, (_, index) => `S${index + 1}`))
  })
})

describe('docs/adr', () => {
  const pages = readdirSync(join(repository, 'docs/adr')).sort()

  it('is numbered without gaps', () => {
    expect(pages.map((name) => name.slice(0, 5))).toEqual(
      pages.map((_, index) => `${String(index + 1).padStart(4, '0')}-`),
    )
  })

  it.each(pages)('%s is one page with all its parts', (name) => {
    const text = read(join('docs/adr', name))
    expect(text.startsWith(`# ${name.slice(0, 4)}: `)).toBe(true)
    const parts = [...text.matchAll(/^## (.*)$/gm)].map(([, part]) => part)
    expect(parts).toEqual(['Context', 'Decision', 'Non-goals', 'Alternatives', 'Consequences'])
    expect(text.split('\n').length).toBeLessThanOrEqual(70)
  })
})

const documents = globSync(
  ['*.md', 'docs/**/*.md', 'spec/*.md', 'examples/*.md', 'packages/*/*.md', 'apps/server/src/dialects/*/*.md'],
  { cwd: repository },
).sort()

/** Anchors as GitHub makes them of headings. */
const anchors = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

describe('every document', () => {
  it.each(documents)('%s links to what is there', (path) => {
    const text = read(path)
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue
      const [file = '', anchor] = target.split('#')
      const absolute = file === '' ? join(repository, path) : join(repository, dirname(path), file)
      expect(existsSync(absolute), target).toBe(true)
      if (anchor !== undefined) expect(anchors(readFileSync(absolute, 'utf8')), target).toContain(anchor)
    }
  })

  it.each(documents)('%s names the pinned package manager', (path) => {
    const { packageManager } = JSON.parse(read('package.json')) as { packageManager: string }
    for (const [named] of read(path).matchAll(/pnpm@\d+\.\d+\.\d+/g)) expect(named).toBe(packageManager)
  })
})
