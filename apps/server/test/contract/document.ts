// The contract as the tests read it, with its schemas compiled by a validator that the server itself does not use for
// answers. What an answer may hold is taken by the letter: a member that no schema names is a fault.
import { createRequire } from 'node:module'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { OperationId } from '../../src/generated/index.ts'

export interface MediaType {
  readonly schema: object
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

export interface Header {
  readonly required?: boolean
  readonly schema: { readonly type: string }
  readonly example?: unknown
}

export interface DocumentedResponse {
  /** It answers what was never read: it has none of what every other answer has. */
  readonly unread: boolean
  readonly headers: Readonly<Record<string, Header>>
  readonly content: Readonly<Record<string, MediaType>>
}

export interface Parameter extends Header {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
}

export interface DocumentedOperation {
  readonly operationId: OperationId
  readonly method: string
  readonly path: string
  readonly tag: string
  readonly parameters: readonly Parameter[]
  /** Media types of its body; empty where it takes none. */
  readonly body: Readonly<Record<string, MediaType>>
  readonly bodyRequired: boolean
  readonly responses: ReadonlyMap<number, DocumentedResponse>
}

type Node = Record<string, unknown>

export const contract = createRequire(import.meta.url)('@countersign/spec/openapi.json') as Node
const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: true })
formats.default(ajv)
ajv.addSchema(absolute(closed(contract)) as Node, 'contract')
const compiled = new WeakMap<object, ValidateFunction>()

/** What is wrong with a value, in words; nothing if it is what the schema says. */
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
export const operations: readonly DocumentedOperation[] = Object.entries(contract.paths as Node).flatMap(
  ([path, item]) =>
    Object.entries(item as Node)
      .filter(([method]) => /^(get|put|post|patch|delete)$/.test(method))
      .map(([method, operation]) => readOperation(path, method.toUpperCase(), operation as Node)),
)

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

function readOperation(path: string, method: string, operation: Node): DocumentedOperation {
  const { operationId, tags, parameters = [], requestBody, responses } = operation
  return {
    operationId: operationId as OperationId,
    method,
    path,
    tag: (tags as string[])[0] as string,
    parameters: (parameters as Node[]).map((parameter) => resolve(parameter) as unknown as Parameter),
    body: requestBody === undefined ? {} : (resolve(requestBody as Node).content as DocumentedOperation['body']),
    bodyRequired: requestBody !== undefined && resolve(requestBody as Node).required === true,
    responses: new Map(
      Object.entries(responses as Node).map(([status, response]) => [Number(status), readResponse(response as Node)]),
    ),
  }
}

function readResponse(reference: Node): DocumentedResponse {
  const { headers = {}, content = {}, 'x-unread': unread = false } = resolve(reference)
  return {
    unread: unread === true,
    headers: Object.fromEntries(
      Object.entries(headers as Node).map(([name, header]) => [name, resolve(header as Node) as unknown as Header]),
    ),
    content: content as DocumentedResponse['content'],
  }
}

function resolve(node: Node): Node {
  return typeof node.$ref === 'string' ? resolve(named(node.$ref)) : node
}

function named(reference: string): Node {
  return reference
    .split('/')
    .slice(1)
    .reduce<Node>((node, name) => node[name] as Node, contract)
}

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
