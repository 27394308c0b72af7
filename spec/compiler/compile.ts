// Compiles the request schemas of the contract. The only file that knows express-openapi-validator 5.6.2.
//
// Its preprocessor and request validator compile the schemas. The compiled validators are printed (print.ts), or called directly. Not
// used, on purpose: its security check (accepts any header that contains "bearer"), its route lookup (one regular expression per path and
// request), its per-request cache (keyed by the client's Content-Type, so that clients can grow it), its query rewriting and its error
// messages.
import { RequestValidator } from 'express-openapi-validator/dist/middlewares/openapi.request.validator.js'
import { SchemaPreprocessor } from 'express-openapi-validator/dist/middlewares/parsers/schema.preprocessor.js'
import { ContentType } from 'express-openapi-validator/dist/middlewares/util.js'
import type { CompiledBody, CompiledContract, CompiledOperation, CompiledSchema } from '../reader/compiled.ts'
import { type Operation, operationsOf, resolveReference, withStringOrList } from '../reader/operations.ts'
import {
  type ContractDocument,
  type ContractOperation,
  listMembers,
  memberNames,
  reachableComponents,
  requestsOnly,
  type Schema,
} from './contract-document.ts'
import { headersOf, schemeHeadersOf } from './headers.ts'
import { readParameters } from './parameters.ts'

/** An Ajv of the package. */
export interface SchemaCompiler {
  getSchema(key: string): CompiledSchema | undefined
}

/** Internals of the package's class in version 5.6.2. */
interface RequestValidatorInside {
  apiDoc: object
  readonly ajv: SchemaCompiler
  readonly ajvBody: SchemaCompiler
  buildMiddleware(path: string, operation: object, contentType: ContentType, key: string): unknown
}

/** The contract, compiled, with the keys of its validators: what is alike has one key. */
export interface Compilation {
  readonly contract: CompiledContract
  readonly parameters: SchemaCompiler
  readonly bodies: SchemaCompiler
  readonly keyOf: ReadonlyMap<CompiledSchema, string>
}

const options = {
  // The code of the validators is kept, so that it can be printed. Their messages are not read.
  code: { source: true, esm: true, lines: true },
  messages: false,
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
 * @throws Error if the document is not valid OpenAPI, a schema does not compile, or a parameter is not a scalar.
 */
export function compileContract(contract: object): Compilation {
  // Responses are most of the document, and none is validated here. Its own loader would compile the schema of OpenAPI itself, and would
  // then not use it: the contract is one file, which the linter checks.
  const apiDoc = withStringOrList(requestsOnly(contract as ContractDocument))
  new SchemaPreprocessor(apiDoc as never, options as never, undefined as never).preProcess()
  const document = apiDoc as unknown as ContractDocument
  const { schemas = {}, parameters = {} } = document.components ?? {}
  const needed = { ...document, paths: {}, components: { schemas, parameters } }
  const compiler = new RequestValidator(needed as never, options as never) as unknown as RequestValidatorInside
  const validators = new Validators(document, compiler, needed)
  const operations: Record<string, CompiledOperation> = {}
  const whole = new Map(operationsOf(contract).map((operation) => [operation.operationId, operation]))
  for (const { path, method, operationId, source } of operationsOf(document)) {
    if (operationId === '') throw new TypeError(`The contract's ${method} ${path} has no operationId.`)
    if (Object.hasOwn(operations, operationId)) throw new TypeError(`The contract has two operations ${operationId}.`)
    operations[operationId] = compileOperation(document, validators, source, whole.get(operationId) as Operation)
  }
  return {
    contract: { operations, schemeHeaders: schemeHeadersOf(contract) },
    parameters: compiler.ajv,
    bodies: compiler.ajvBody,
    keyOf: validators.keyOf,
  }
}

/** Compiles each schema once, whichever operations it has. */
class Validators {
  readonly keyOf = new Map<CompiledSchema, string>()
  readonly #document: ContractDocument
  readonly #compiler: RequestValidatorInside
  readonly #needed: object
  readonly #compiled = new Map<string, CompiledSchema>()

  constructor(document: ContractDocument, compiler: RequestValidatorInside, needed: object) {
    this.#document = document
    this.#compiler = compiler
    this.#needed = needed
  }

  ofParameters(operation: ContractOperation): CompiledSchema {
    const plain = (operation.parameters ?? []).map((one) => withoutWords(this.#document, one))
    const alone = { ...operation, requestBody: null }
    return this.#compile(JSON.stringify(plain), this.#compiler.ajv, `${operation.operationId}`, alone, 'none/none')
  }

  ofBody(operation: ContractOperation, mediaType: string, schema: Schema): CompiledSchema {
    const key = `${operation.operationId}_${mediaType.replace(/\W+/g, '_')}`
    const alone = { ...operation, parameters: [] }
    return this.#compile(JSON.stringify([schema]), this.#compiler.ajvBody, key, alone, mediaType)
  }

  #compile(
    schema: string,
    schemas: SchemaCompiler,
    key: string,
    operation: ContractOperation,
    mediaType: string,
  ): CompiledSchema {
    const known = this.#compiled.get(schema)
    if (known) return known
    const compiler = this.#compiler
    // Each compiled schema keeps a copy of the document; with the complete document, compiling would take quadratic time.
    compiler.apiDoc = { ...this.#needed, components: reachableComponents(this.#document, operation) }
    compiler.buildMiddleware(key, operation, ContentType.fromString(mediaType), key)
    const made = schemas.getSchema(key)
    if (made === undefined) throw new TypeError(`${key} does not compile.`)
    this.#compiled.set(schema, made)
    this.keyOf.set(made, key)
    return made
  }
}

/** A parameter without what is only read by people. */
function withoutWords(document: ContractDocument, reference: Schema): object {
  const { description, example, examples, schema, ...rest } = resolveReference(document, reference)
  const { description: words, ...plain } = (schema as Schema | undefined) ?? {}
  return { ...rest, schema: plain }
}

function compileOperation(
  document: ContractDocument,
  validators: Validators,
  source: ContractOperation,
  whole: Operation,
): CompiledOperation {
  const parameters = readParameters(document, source)
  const requestBody = source.requestBody
  const content = Object.entries((requestBody?.content as Record<string, Schema> | undefined) ?? {})
  const bodies: Record<string, CompiledBody> = {}
  const names = new Set([...parameters.map(({ name }) => name), 'params', 'query', 'headers', 'body'])
  const repeatable = new Set<string>()
  const validate = validators.ofParameters(source)
  for (const [mediaType, media] of content) {
    const schema = media.schema as Schema | undefined
    if (schema === undefined) throw new TypeError(`A body of ${source.operationId} has no schema.`)
    for (const name of memberNames(document, schema)) names.add(name)
    for (const name of listMembers(document, schema)) repeatable.add(name)
    bodies[mediaType] = {
      validate: validators.ofBody(source, mediaType, schema),
      members: [...memberNames(document, schema, false)],
      dropsOthers: isOpen(document, schema),
    }
  }
  return {
    parameters,
    ignoresOtherQuery: source['x-eov-allow-unknown-query-parameters'] === true,
    validate,
    bodies,
    bodyRequired: requestBody?.required === true,
    repeatable: [...repeatable],
    names: [...names],
    headers: headersOf(whole),
  }
}

/** Whether the schema allows members that it does not name, and is not a map. */
function isOpen(document: ContractDocument, schema: Schema): boolean {
  const { additionalProperties } = resolveReference(document, schema)
  return additionalProperties !== false && typeof additionalProperties !== 'object'
}
