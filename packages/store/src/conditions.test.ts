import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, it } from 'vitest'
import { conditionalWrites } from './conformance/principals/conditions.ts'

const ports = fileURLToPath(new URL('../../core/src/ports/store/', import.meta.url))
/** The name of a port in `Store`, by its interface. */
const portOf = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** The methods of all ports that take a `WriteCondition`, wherever in their parameters. */
const conditionalMethods = (): string[] =>
  readdirSync(ports)
    .map((file) => ts.createSourceFile(file, readFileSync(ports + file, 'utf8'), ts.ScriptTarget.Latest))
    .flatMap((source) => source.statements.filter(ts.isInterfaceDeclaration).map((port) => ({ source, port })))
    .flatMap(({ source, port }) =>
      port.members
        .filter(ts.isMethodSignature)
        .filter(({ parameters }) => parameters.some((one) => one.getText(source).includes('WriteCondition')))
        .map((method) => `${portOf(port.name.text)}.${method.name.getText(source)}`),
    )

describe('writes on a condition', () => {
  it('are those of the ports, each with scenarios of its own', () => {
    assert.deepEqual(conditionalMethods().sort(), Object.keys(conditionalWrites).sort())
  })
})
