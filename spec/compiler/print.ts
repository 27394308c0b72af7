// Prints the compiled contract as three TypeScript modules, which need no other.
import { createRequire } from 'node:module'
import type { AnySchemaObject } from 'ajv'
import standaloneCode from 'ajv/dist/standalone/index.js'
import type { CompiledBody, CompiledOperation, CompiledSchema } from '../reader/compiled.ts'
import { type Compilation, compileContract, type SchemaCompiler } from './compile.ts'

/** The text of a module, by the name of its file. */
export type Modules = Readonly<Record<'index.ts' | 'parameter-validators.ts' | 'body-validators.ts', string>>

/** Compiles and prints the bundled contract. */
export function printCompiled(contract: object): Modules {
  const compilation = compileContract(contract)
  const { operations } = compilation.contract
  const keys = (schemas: readonly CompiledSchema[]) => [...new Set(schemas.map((one) => keyOf(compilation, one)))]
  const all = Object.values(operations)
  const bodies = all.flatMap((operation) => Object.values(operation.bodies))
  return {
    'index.ts': printOperations(compilation),
    'parameter-validators.ts': printValidators(compilation.parameters, keys(all.map(({ validate }) => validate))),
    'body-validators.ts': printValidators(compilation.bodies, keys(bodies.map(({ validate }) => validate))),
  }
}

const keyOf = ({ keyOf: known }: Compilation, schema: CompiledSchema): string => {
  const key = known.get(schema)
  if (key === undefined) throw new TypeError('a validator of another compilation')
  return key
}

function printOperations(compilation: Compilation): string {
  const { operations, schemeHeaders } = compilation.contract
  const lists = new Map<string, string>()
  /** Lists that are alike are one. */
  const list = (items: readonly unknown[], of = 'string'): string => {
    if (items.length === 0) return '[]'
    const text = `: readonly ${of}[] = ${JSON.stringify(items)}`
    if (!lists.has(text)) lists.set(text, `list${lists.size}`)
    return lists.get(text) as string
  }
  const record = (members: Readonly<Record<string, string>>): string =>
    `{ ${Object.entries(members)
      .map(([name, text]) => `${JSON.stringify(name)}: ${text}`)
      .join(', ')} }`
  const body = ({ validate, members, dropsOthers }: CompiledBody) =>
    record({
      validate: `bodies.${keyOf(compilation, validate)}`,
      members: list(members),
      dropsOthers: String(dropsOthers),
    })
  const operation = ({ parameters, validate, bodies, headers, ...rest }: CompiledOperation) =>
    record({
      parameters: list(parameters, 'CompiledParameter'),
      ignoresOtherQuery: String(rest.ignoresOtherQuery),
      validate: `parameters.${keyOf(compilation, validate)}`,
      bodies: record(Object.fromEntries(Object.entries(bodies).map(([type, one]) => [type, body(one)]))),
      bodyRequired: String(rest.bodyRequired),
      repeatable: list(rest.repeatable),
      names: list(rest.names),
      headers: record({
        request: list(headers.request),
        response: list(headers.response),
        forwarded: String(headers.forwarded),
      }),
    })
  const printed = Object.entries(operations).map(([id, one]) => `  ${id}: ${operation(one)},\n`)
  const constants = [...lists].map(([text, name]) => `const ${name}${text}\n`)
  return `import type { CompiledContract, CompiledParameter } from '../../reader/compiled.ts'
import * as bodies from './body-validators.ts'
import * as parameters from './parameter-validators.ts'

export type * from '../../reader/compiled.ts'

${constants.join('')}
export const compiledContract: CompiledContract = {
  operations: {
${printed.map((line) => `  ${line}`).join('')}  },
  schemeHeaders: ${JSON.stringify(schemeHeaders)},
}
`
}

const requireOfAjv = createRequire(import.meta.url)

/** The code of a value of Ajv's runtime: functions that use nothing but their parameters, alone or as members. */
function literal(value: unknown): string {
  if (typeof value === 'function' || value instanceof RegExp) return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}: ${literal(member)}`)
    .join(', ')} }`
}

/** Ajv's own code for the validators, without what is never read: paths in the schemas, and most of the schemas. */
function printValidators(compiler: SchemaCompiler, keys: readonly string[]): string {
  const print = standaloneCode as unknown as (ajv: SchemaCompiler, names: Readonly<Record<string, string>>) => string
  const code = print(compiler, Object.fromEntries(keys.map((key) => [key, key])))
  const schemas = new Map<string, AnySchemaObject>()
  const kept = code
    .replace(/^"use strict";/, '')
    .replace(/^const (schema\d+) = (.*);$/gm, (_line, name: string, json: string) => {
      schemas.set(name, JSON.parse(json))
      return ''
    })
    .replace(
      /^const (\w+) = require\("([^"]+)"\)(.*);$/gm,
      (_line, name: string, module: string, members: string) =>
        `const ${name} = ${literal(memberAt(requireOfAjv(module), members))};`,
    )
    .replace(/\bschema\d+\b((?:\.\w+|\["[^"]*"\]|\[\d+\])*)/g, (path, members: string) =>
      JSON.stringify(memberAt(schemas.get(path.slice(0, path.length - members.length)), members)),
    )
    .replace(/schemaPath:"(?:[^"\\]|\\.)*",/g, '')
    .replace(/^export const (\w+) = (\w+);$/gm, 'export const $1: CompiledSchema = $2;')
    .replace(/\n{2,}/g, '\n')
  return `// @ts-nocheck\nimport type { CompiledSchema } from '../../reader/compiled.ts'\n${kept}`
}

function memberAt(schema: unknown, path: string): unknown {
  const names = [...path.matchAll(/\.(\w+)|\["([^"]*)"\]|\[(\d+)\]/g)].map(
    ([, plain, quoted, at]) => plain ?? quoted ?? at,
  )
  return names.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name as string], schema)
}
