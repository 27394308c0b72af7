import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { badDocuments, goodDocument } from './spec-lint.documents.ts'

const repository = resolve(import.meta.dirname, '../..')

interface Report {
  readonly problems: readonly { readonly ruleId: string; readonly location: readonly { source: { ref: string } }[] }[]
}

/** All documents go through the real linter in one run: it takes a second to start. Broken rules by file name. */
const lint = async (folder: string, files: readonly string[]): Promise<Map<string, Set<string>>> => {
  const broken = new Map(files.map((file) => [file, new Set<string>()]))
  const reports = (await reportsOf(folder, files)).trim().split(/(?<=^\})\s*(?=\{)/m)
  for (const { problems } of reports.map((report) => JSON.parse(report) as Report)) {
    for (const { ruleId, location } of problems) broken.get(basename(location[0]?.source.ref ?? ''))?.add(ruleId)
  }
  return broken
}

const reportsOf = (folder: string, files: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(
      join(repository, 'spec/node_modules/.bin/redocly'),
      ['lint', ...files, '--config', join(repository, 'spec/lint/redocly.yaml'), '--format', 'json'],
      {
        cwd: folder,
        maxBuffer: 64 * 1024 * 1024,
        env: {
          ...process.env,
          PATH: [join(repository, 'node_modules/.bin'), process.env.PATH].join(delimiter),
          REDOCLY_TELEMETRY: 'off',
          REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
        },
      },
      // It ends with 1 where it found something; without a report it did not run at all.
      (error, stdout) => (error === null || stdout.startsWith('{') ? resolve(stdout) : reject(error)),
    )
  })

describe('the lint of the contract', () => {
  let folder: string
  let broken: Map<string, Set<string>>
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'spec-lint-'))
    const documents = [goodDocument(), ...badDocuments.map(({ spoil }) => spoil(goodDocument()))]
    documents.forEach((document, index) => {
      writeFileSync(join(folder, `${index}.json`), JSON.stringify(document))
    })
    broken = await lint(
      folder,
      documents.map((_, index) => `${index}.json`),
    )
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('finds nothing in a good document', () => {
    expect([...(broken.get('0.json') ?? ['not linted'])]).toEqual([])
  })

  it.each(badDocuments.map((bad, index) => ({ ...bad, file: `${index + 1}.json` })))(
    '$rule refuses $what',
    ({ rule, file }) => {
      expect([...(broken.get(file) ?? [])]).toContain(rule)
    },
  )
})
