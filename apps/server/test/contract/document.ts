// The contract as the tests read it, with its schemas compiled by a validator that the server itself does not use for
// answers. What an answer may hold is taken by the letter: a member that no schema names is a fault.
import { createRequire } from 'node:module'
import { type MediaType, type Operation, operationsOf, resolveReference } from '@countersign/spec'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { OperationId } from '../../src/generated/index.ts'

export type { DocumentedResponse, Header, MediaType, Parameter } from '@countersign/spec'

export interface DocumentedOperation extends Operation {
  readonly operationId: OperationId
}

type Node = Record<string, unknown>

export const contract = createRequire(import.meta.url)('@countersign/spec/openapi.json') as Node
const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: true })
formats.default(ajv)
ajv.addSchema(absolute(closed(contract)) as Node, 'contract')
const compiled = new WeakMap<object, ValidateFunction>()

/** What is wrong with a value, in words; `undefined` if it is what the schema says. */
export function faultsOf(schema: object, value: unknown): string[] {
  let validate = compiled.get(schema)
  if (!validate) {
    validate = ajv.compile(absolute(schema) as object)
    compiled.set(schema, validate)
  }
  if (validate(value)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath || 'it'} ${message} ${JSON.stringify(params)}`,
  )
}

/** The names of all members that values of a schema may have, however deep. */
export function membersOf(schema: object): ReadonlySet<string> {
  const [names, seen] = [new Set<string>(), new Set<unknown>()]
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || seen.has(node)) return
    seen.add(node)
    const { $ref, properties, ...rest } = node as Node
    if (typeof $ref === 'string') visit(named($ref))
    for (const name of Object.keys(properties ?? {})) names.add(name)
    for (const inner of [...Object.values(properties ?? {}), ...Object.values(rest)]) visit(inner)
  }
  visit(schema)
  return names
}

/** The component schema of this name. */
export const schemaNamed = (name: string): object => named(`#/components/schemas/${name}`)

/** Every operation of the contract, with its references followed. */
export const operations = operationsOf(contract) as readonly DocumentedOperation[]

/** What is wrong with the body of an answer by its operation's contract. */
export function bodyFaults(operationId: OperationId, status: number, body: unknown): string[] {
  const response = operations.find((operation) => operation.operationId === operationId)?.responses.get(status)
  const media = response?.content['application/json']
  if (!media) return [`${operationId} answers no JSON with ${status}`]
  // As it goes over the wire: what JSON cannot carry is a fault too.
  return faultsOf(media.schema, JSON.parse(JSON.stringify(body)))
}

/** All examples of a media type. */
export const examplesOf = ({ example, examples = {} }: MediaType): readonly unknown[] => [
  ...(example === undefined ? [] : [example]),
  ...Object.values(examples).map(({ value }) => value),
]

const named = ($ref: string): Node => resolveReference(contract, { $ref })

/** References that work outside of the document too. */
function absolute(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(absolute)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => {
      const local = name === '$ref' && typeof value === 'string' && value.startsWith('#')
      return [name, local ? `contract${value}` : absolute(value)]
    }),
  )
}

/** A copy whose component schemas know no other members than those they name, however deep. */
function closed(document: Node): Node {
  const copy = structuredClone(document)
  const close = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const schema = node as Node
    if (schema.type === 'object' && schema.properties !== undefined) schema.additionalProperties ??= false
    for (const inner of Object.values(schema)) close(inner)
  }
  close((copy.components as Node).schemas)
  return copy
}
