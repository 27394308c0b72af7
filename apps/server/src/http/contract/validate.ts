// The shapes of requests, after the contract. The one file that knows express-openapi-validator 5.6.2.
//
// Its loader reads and checks the document, its preprocessor and request validator compile the schemas; the compiled
// validators are then called directly. Left out on purpose: its security check (it believes any header that contains
// "bearer"), its route lookup (one regular expression made per path and request), its per-request cache (keyed by the
// client's Content-Type, so that a stranger can grow it), its query rewriting and its wording of errors. Everything is
// compiled before the server listens, so a broken contract is a refusal to start and not the first client's 500.
import { operationsOf, resolveReference } from '@countersign/spec'
import { OpenApiSpecLoader } from 'express-openapi-validator/dist/framework/openapi.spec.loader.js'
import { RequestValidator } from 'express-openapi-validator/dist/middlewares/openapi.request.validator.js'
import { SchemaPreprocessor } from 'express-openapi-validator/dist/middlewares/parsers/schema.preprocessor.js'
import { ContentType } from 'express-openapi-validator/dist/middlewares/util.js'
import type { ShapeError } from '../errors.ts'
import type { RequestHeaders } from '../message.ts'
import {
  type ContractDocument,
  type ContractOperation,
  memberNames,
  reachableComponents,
  requestsOnly,
  type Schema,
} from './contract-document.ts'
import { type ParameterShape, readParameters } from './parameter-shape.ts'
import { describeFaults, type SchemaFault } from './shape-error.ts'

export interface ShapeRequest {
  /** Decoded path parameters; numbers among them are made numbers in place. */
  readonly params: Record<string, unknown>
  /** Decoded query; likewise. */
  readonly query: Record<string, unknown>
  readonly headers: RequestHeaders
  /** The parsed body; `undefined` where no byte was sent. */
  readonly body?: unknown
  /** How the body was read: one of the operation's `mediaTypes`. */
  readonly mediaType?: string
}

export interface ShapedInput {
  readonly params: Record<string, unknown>
  readonly query: Record<string, unknown>
  /** The headers that the contract declares, by their names in lower case. */
  readonly headers: Record<string, unknown>
  readonly body: unknown
}

export type ShapeOutcome =
  | { readonly ok: true; readonly input: ShapedInput }
  | { readonly ok: false; readonly errors: readonly ShapeError[] }

export interface OperationShape {
  /** What its body may be; empty where it takes none. */
  readonly mediaTypes: readonly string[]
  readonly bodyRequired: boolean
  /** The query parameters that it knows, where it ignores others; `undefined`: others are refused. */
  readonly wantedQuery: ReadonlySet<string> | undefined
  /** Judges shapes only: who asks is settled before. A body that is there is always judged, required or not.
   *
   * Members that a schema does not know are refused where it says `additionalProperties: false`, else dropped.
   */
  check(request: ShapeRequest): ShapeOutcome
}

interface CompiledSchema {
  (data: unknown): boolean
  errors?: SchemaFault[] | null
}

/** The inside of the package's class, as 5.6.2 has it. */
interface RequestValidatorInside {
  apiDoc: object
  readonly ajv: { getSchema(key: string): CompiledSchema | undefined }
  readonly ajvBody: { getSchema(key: string): CompiledSchema | undefined }
  buildMiddleware(path: string, operation: object, contentType: ContentType, key: string): unknown
}

interface BodyShape {
  readonly validate: CompiledSchema
  /** The names of its own members. */
  readonly members: ReadonlySet<string>
  /** Whether the handler sees nothing but those; otherwise the schema itself refuses all else. */
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
  // Its default turns `format: date-time` into Date objects; values stay what was sent.
  serDesMap: {},
  ajvFormats: { mode: 'fast' },
  allowUnknownQueryParameters: false,
  // What the compiler merely warns of, such as a format it does not know, would be a check that silently never happens.
  logger: { log: refuseContract, warn: refuseContract, error: refuseContract },
}

function refuseContract(...words: unknown[]): never {
  throw new TypeError(`The contract cannot be compiled: ${words.join(' ')}`)
}

/** Compiles the request shapes of every operation of the contract.
 *
 * @param contract The bundled document; it is not changed.
 * @param deferred Compiles each when it is first asked for. For a server that has to be ready at once and asks for all of
 * them as soon as it is; the same contract was compiled whole by the tests. Default is false.
 * @returns By operationId.
 * @throws Error if the document is not valid OpenAPI, a schema does not compile, or a parameter is not a scalar.
 */
export async function compileShapes(
  contract: object,
  { deferred = false }: { readonly deferred?: boolean } = {},
): Promise<ReadonlyMap<string, OperationShape>> {
  const loader = new OpenApiSpecLoader({
    // Answers are most of the document, and nothing here judges them.
    apiDoc: structuredClone(requestsOnly(contract as ContractDocument)) as never,
    validateApiSpec: false,
    $refParser: { mode: 'bundle' },
  })
  const { apiDoc } = await loader.load()
  new SchemaPreprocessor(apiDoc, options as never, undefined as never).preProcess()
  const document = apiDoc as unknown as ContractDocument
  const { schemas = {}, parameters = {} } = document.components ?? {}
  const needed = { ...document, paths: {}, components: { schemas, parameters } }
  const compiler = new RequestValidator(needed as never, options as never) as unknown as RequestValidatorInside
  const shapes = new Map<string, OperationShape>()
  for (const { path, method, operationId, source: operation } of operationsOf(document)) {
    if (operationId === '') throw new TypeError(`The contract's ${method} ${path} has no operationId.`)
    if (shapes.has(operationId)) throw new TypeError(`The contract has two operations ${operationId}.`)
    const compile = () => {
      // Each compiled schema carries the document along; with all of it, compiling would take the square of its size.
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
  for (const [mediaType, { schema }] of content) {
    const validate = compiler.ajvBody.getSchema(compile(mediaType, operation))
    if (validate === undefined || schema === undefined) throw new TypeError(`A body of ${id} does not compile.`)
    for (const name of memberNames(document, schema as Schema)) names.add(name)
    const members = memberNames(document, schema as Schema, false)
    bodies.set(mediaType, { validate, members, dropsOthers: isOpen(document, schema as Schema) })
  }
  const bodyRequired = requestBody?.required === true
  return {
    mediaTypes: [...bodies.keys()],
    bodyRequired,
    wantedQuery: parameters.wantedQuery,
    check: (request) => check(request, { parameters, general, bodies, bodyRequired, names }),
  }
}

/** Neither closes itself nor is a map. */
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
  // The compiled schema coerces in place: `query.limit` is a number afterwards.
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
