import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../spec/bundler/bundle.ts'
import { BundleError } from '../../spec/bundler/join.ts'
import { faultsByFile } from '../../spec/lint/lint-report.ts'

const things = `paths:
  /things/{id}:
    get:
      operationId: showThing
      responses: &answers
        "200":
          description: It.
    delete:
      operationId: deleteThing
      responses: *answers
components:
  schemas:
    Thing:
      type: object
      properties:
        name: { type: string }
`

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lint-report-'))
  mkdirSync(join(folder, 'dialects'))
  writeFileSync(join(folder, 'openapi.yaml'), 'openapi: 3.1.0\ncomponents:\n  schemas:\n    Id: { type: string }\n')
  writeFileSync(join(folder, 'things.yaml'), things)
})
afterAll(() => rmSync(folder, { recursive: true }))

const lineOf = (pointer: string | undefined, severity = 'error') => {
  const location = pointer === undefined ? [] : [{ pointer }]
  const report = { problems: [{ ruleId: 'rule', severity, message: 'Wrong.', location }] }
  return faultsByFile(folder, JSON.stringify(report), JSON.stringify(bundle(folder)))
}

describe('what the linter found', () => {
  it.each([
    ['#/paths/~1things~1{id}/get', 'spec/things.yaml:3 showThing (GET /things/{id})'],
    ['#/paths/~1things~1%7Bid%7D/get/responses/200/description', 'spec/things.yaml:7 showThing (GET /things/{id})'],
    // What an alias repeats is written where its anchor is.
    ['#/paths/~1things~1{id}/delete/responses/200', 'spec/things.yaml:6 deleteThing (DELETE /things/{id})'],
    // What the bundler added is reported at what it was added to.
    ['#/paths/~1things~1{id}/delete/x-added', 'spec/things.yaml:8 deleteThing (DELETE /things/{id})'],
    ['#/components/schemas/Thing/properties/name', 'spec/things.yaml:16 components/schemas/Thing'],
    ['#/components/schemas/Id', 'spec/openapi.yaml:4 components/schemas/Id'],
    ['#/', 'spec/ '],
    [undefined, 'spec/ '],
  ])('at %s is reported at %s', (pointer, place) => {
    expect(lineOf(pointer)).toEqual([`${place}: Wrong. [rule]`])
  })

  it('says what is only a warning', () => {
    expect(lineOf('#/components/schemas/Id', 'warn')).toEqual([
      'spec/openapi.yaml:4 components/schemas/Id: Wrong. [rule] (warn)',
    ])
  })
})

it('a file that is not YAML is named, with the line', () => {
  writeFileSync(join(folder, 'dialects/broken.yaml'), 'tags:\n  - name: a\n paths: [\n')
  expect(() => bundle(folder)).toThrow(BundleError)
  expect(() => bundle(folder)).toThrow(/^spec\/dialects\/broken\.yaml:3 is not YAML: /)
  rmSync(join(folder, 'dialects/broken.yaml'))
})
