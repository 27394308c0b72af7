// Validates requests against the contract. The only file that knows express-openapi-validator 5.6.2.
//
// Its preprocessor and request validator compile the schemas. The compiled validators are then called directly. Not used, on purpose: its security check (accepts any header that contains
// "bearer"), its route lookup (one regular expression per path and request), its per-request cache (keyed by the
// client's Content-Type, so that clients can grow it), its query rewriting and its error messages. Everything is
// compiled before the server listens, so that a broken contract prevents the start instead of causing a 500 later.
import { operationsOf, resolveReference, withStringOrList } from '@countersign/spec'
import { RequestValidator } from 'express-openapi-validator/dist/middlewares/openapi.request.validator.js'
import { SchemaPreprocessor } from 'express-openapi-validator/dist/middlewares/parsers/schema.preprocessor.js'
import { ContentType } from 'express-openapi-validator/dist/middlewares/util.js'
import type { ShapeError } from '../errors.ts'
import type { RequestHeaders } from '../message.ts'
import {
  type ContractDocument,
  type ContractOperation,
  listMembers,
  memberNames,
  reachableComponents,
  requestsOnly,
  type Schema,
} from './contract-document.ts'
import { type ParameterShape, readParameters } from './parameter-shape.ts'
import { describeFaults, type SchemaFault } from './shape-error.ts'

export interface ShapeRequest {
  /** Decoded path parameters. Numbers are converted in place. */
  readonly params: Record<string, unknown>
  /** Decoded query parameters. Numbers are converted in place. */
  readonly query: Record<string, unknown>
  readonly headers: RequestHeaders
  /** The parsed body; `undefined` if no byte was sent. */
  readonly body?: unknown
  /** How the body was parsed: one of the operation's `mediaTypes`. */
  readonly mediaType?: string
}

export interface ShapedInput {
  readonly params: Record<string, unknown>
  readonly query: Record<string, unknown>
  /** The headers that the contract declares, by lower-case name. */
  readonly headers: Record<string, unknown>
  readonly body: unknown
}

export type ShapeOutcome =
  | { readonly ok: true; readonly input: ShapedInput }
  | { readonly ok: false; readonly errors: readonly ShapeError[] }

export interface OperationShape {
  /** Media types of its body; empty if it takes none. */
  readonly mediaTypes: readonly string[]
  readonly bodyRequired: boolean
  /** The known query parameters, if the operation ignores others; `undefined` if it refuses others. */
  readonly wantedQuery: ReadonlySet<string> | undefined
  /** The parameters of a form that may repeat. */
  readonly repeatable: ReadonlySet<string>
  /**
   * Validates a request; authentication is done before. A body that was sent is always validated, required or not.
   *
   * Members that a schema does not know are refused if it says `additionalProperties: false`, otherwise removed.
   */
  check(request: ShapeRequest): ShapeOutcome
}

interface CompiledSchema {
  (data: unknown): boolean
  errors?: SchemaFault[] | null
}

/** Internals of the package's class in version 5.6.2. */
interface RequestValidatorInside {
  apiDoc: object
  readonly ajv: { getSchema(key: string): CompiledSchema | undefined }
  readonly ajvBody: { getSchema(key: string): CompiledSchema | undefined }
  buildMiddleware(path: string, operation: object, contentType: ContentType, key: string): unknown
}

interface BodyShape {
  readonly validate: CompiledSchema
  /** The names of the schema's own members. */
  readonly members: ReadonlySet<string>
  /** Whether unknown members are removed before the handler; otherwise the schema refuses them. */
  readonly dropsOthers: boolean
}

const options = {
  strict: false,
  strictNumbers: true,
  strictTuples: true,
  allowUnionTypes: false,
  validateSchema: false,
  coerceTypes: false,
  useDefaults: true,
  removeAdditional: false,
  validateFormats: true,
  formats: {},
  // The default turns `format: date-time` into Date objects; values must stay as sent.
  serDesMap: {},
  ajvFormats: { mode: 'fast' },
  allowUnknownQueryParameters: false,
  // What the compiler only warns about, such as an unknown format, would be a check that is silently skipped.
  logger: { log: refuseContract, warn: refuseContract, error: refuseContract },
}

function refuseContract(...words: unknown[]): never {
  throw new TypeError(`The contract cannot be compiled: ${words.join(' ')}`)
}

/**
 * Compiles the request schemas of every operation of the contract.
 *
 * @param contract The bundled document; it is not changed.
 * @param deferred Whether each operation is compiled on first use. For a server that must be ready at once and compiles
 *   the rest afterwards; tests compile the same contract completely. Default: false.
 * @returns By operationId.
 * @throws Error if the document is not valid OpenAPI, a schema does not compile, or a parameter is not a scalar.
 */
export async function compileShapes(
  contract: object,
  { deferred = false }: { readonly deferred?: boolean } = {},
): Promise<ReadonlyMap<string, OperationShape>> {
  // Responses are most of the document, and none is validated here. Its own loader would compile the schema of OpenAPI itself,
  // which takes as long as the rest of the start, and would then not use it: the contract is one file, which the linter checks.
  const apiDoc = withStringOrList(requestsOnly(contract as ContractDocument))
  new SchemaPreprocessor(apiDoc as never, options as never, undefined as never).preProcess()
  const document = apiDoc as unknown as ContractDocument
  const { schemas = {}, parameters = {} } = document.components ?? {}
  const needed = { ...document, paths: {}, components: { schemas, parameters } }
  const compiler = new RequestValidator(needed as never, options as never) as unknown as RequestValidatorInside
  const shapes = new Map<string, OperationShape>()
  for (const { path, method, operationId, source: operation } of operationsOf(document)) {
    if (operationId === '') throw new TypeError(`The contract's ${method} ${path} has no operationId.`)
    if (shapes.has(operationId)) throw new TypeError(`The contract has two operations ${operationId}.`)
    const compile = () => {
      // Each compiled schema keeps a copy of the document; with the complete document, compiling would take quadratic
      // time.
      compiler.apiDoc = { ...needed, components: reachableComponents(document, operation) }
      return compileOperation(document, compiler, operation)
    }
    shapes.set(operationId, deferred ? deferredShape(compile) : compile())
  }
  return shapes
}

function deferredShape(compile: () => OperationShape): OperationShape {
  let compiled: OperationShape | undefined
  const shape = () => {
    compiled ??= compile()
    return compiled
  }
  return {
    get mediaTypes() {
      return shape().mediaTypes
    },
    get bodyRequired() {
      return shape().bodyRequired
    },
    get wantedQuery() {
      return shape().wantedQuery
    },
    get repeatable() {
      return shape().repeatable
    },
    check: (request) => shape().check(request),
  }
}

function compileOperation(
  document: ContractDocument,
  compiler: RequestValidatorInside,
  operation: ContractOperation,
): OperationShape {
  const id = operation.operationId as string
  const parameters = readParameters(document, operation)
  const compile = (mediaType: string, withBody: ContractOperation) => {
    compiler.buildMiddleware(id, withBody, ContentType.fromString(mediaType), `${id} ${mediaType}`)
    return `${id} ${mediaType}`
  }
  const key = compile('without a body', { ...operation, requestBody: null })
  const general = compiler.ajv.getSchema(key)
  if (general === undefined) throw new TypeError(`The parameters of ${id} do not compile.`)
  const requestBody = operation.requestBody
  const content = Object.entries((requestBody?.content as Record<string, Schema> | undefined) ?? {})
  const bodies = new Map<string, BodyShape>()
  const names = new Set([...parameters.names, 'params', 'query', 'headers', 'body'])
  const repeatable = new Set<string>()
  for (const [mediaType, { schema }] of content) {
    const validate = compiler.ajvBody.getSchema(compile(mediaType, operation))
    if (validate === undefined || schema === undefined) throw new TypeError(`A body of ${id} does not compile.`)
    for (const name of memberNames(document, schema as Schema)) names.add(name)
    const members = memberNames(document, schema as Schema, false)
    for (const name of listMembers(document, schema as Schema)) repeatable.add(name)
    bodies.set(mediaType, { validate, members, dropsOthers: isOpen(document, schema as Schema) })
  }
  const bodyRequired = requestBody?.required === true
  return {
    mediaTypes: [...bodies.keys()],
    bodyRequired,
    wantedQuery: parameters.wantedQuery,
    repeatable,
    check: (request) => check(request, { parameters, general, bodies, bodyRequired, names }),
  }
}

/** Whether the schema allows members that it does not name, and is not a map. */
function isOpen(document: ContractDocument, schema: Schema): boolean {
  const { additionalProperties } = resolveReference(document, schema)
  return additionalProperties !== false && typeof additionalProperties !== 'object'
}

interface CompiledOperation {
  readonly parameters: ParameterShape
  readonly general: CompiledSchema
  readonly bodies: ReadonlyMap<string, BodyShape>
  readonly bodyRequired: boolean
  readonly names: ReadonlySet<string>
}

function check(request: ShapeRequest, operation: CompiledOperation): ShapeOutcome {
  const errors = operation.parameters.check(request)
  const { params, query } = request
  const declared = operation.parameters.declaredHeaders(request.headers)
  // The compiled schema converts in place: `query.limit` is a number afterwards.
  if (errors.length === 0 && !operation.general({ params, query, headers: declared })) {
    errors.push(...describeFaults(operation.general.errors ?? [], operation.names))
  }
  const body = checkBody(request, operation, errors)
  if (errors.length > 0) return { ok: false, errors }
  return { ok: true, input: { params, query, headers: declared, body } }
}

function checkBody(request: ShapeRequest, operation: CompiledOperation, errors: ShapeError[]): unknown {
  const { body, mediaType = '' } = request
  if (body === undefined) {
    if (operation.bodyRequired) errors.push({ pointer: '/body', detail: 'is required' })
    return undefined
  }
  const shape = operation.bodies.get(mediaType)
  if (shape === undefined) {
    errors.push({ pointer: '/body', detail: 'this operation takes no such body' })
    return undefined
  }
  if (!shape.validate({ body })) {
    errors.push(...describeFaults(shape.validate.errors ?? [], operation.names, shape.members))
    return undefined
  }
  return shape.dropsOthers ? keep(body, shape.members) : body
}

function keep(body: unknown, known: ReadonlySet<string>): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(body)) if (known.has(name)) kept[name] = value
  return kept
}
