// Validates requests against the contract, with the validators that `pnpm generate` compiled ahead of time: a start neither reads the
// contract nor compiles a schema, and a contract that does not compile cannot be committed.
import type { CompiledContract, CompiledOperation, CompiledSchema } from '@countersign/spec/compiled'
import type { ShapeError } from '../errors.ts'
import type { RequestHeaders } from '../message.ts'
import { type ParameterShape, parameterShape } from './parameter-shape.ts'
import { describeFaults } from './shape-error.ts'

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

interface BodyShape {
  readonly validate: CompiledSchema
  /** The names of the schema's own members. */
  readonly members: ReadonlySet<string>
  /** Whether unknown members are removed before the handler; otherwise the schema refuses them. */
  readonly dropsOthers: boolean
}

/**
 * The shapes of all operations.
 *
 * @returns By operationId.
 */
export const shapesOf = ({ operations }: Pick<CompiledContract, 'operations'>): ReadonlyMap<string, OperationShape> =>
  new Map(Object.entries(operations).map(([operationId, compiled]) => [operationId, new LazyShape(compiled)]))

/** Most operations are never called in the life of a server, so that each is prepared on first use. */
class LazyShape implements OperationShape {
  readonly #compiled: CompiledOperation
  #prepared: OperationShape | undefined

  constructor(compiled: CompiledOperation) {
    this.#compiled = compiled
  }

  get #shape(): OperationShape {
    this.#prepared ??= shapeOf(this.#compiled)
    return this.#prepared
  }

  get mediaTypes() {
    return this.#shape.mediaTypes
  }

  get bodyRequired() {
    return this.#shape.bodyRequired
  }

  get wantedQuery() {
    return this.#shape.wantedQuery
  }

  get repeatable() {
    return this.#shape.repeatable
  }

  check(request: ShapeRequest): ShapeOutcome {
    return this.#shape.check(request)
  }
}

function shapeOf(compiled: CompiledOperation): OperationShape {
  const { validate, bodyRequired } = compiled
  const bodies = new Map(
    Object.entries(compiled.bodies).map(([mediaType, { members, ...body }]): [string, BodyShape] => [
      mediaType,
      { ...body, members: new Set(members) },
    ]),
  )
  const parameters = parameterShape(compiled)
  const prepared = { parameters, validate, bodies, bodyRequired, names: new Set(compiled.names) }
  return {
    mediaTypes: [...bodies.keys()],
    bodyRequired,
    wantedQuery: parameters.wantedQuery,
    repeatable: new Set(compiled.repeatable),
    check: (request) => check(request, prepared),
  }
}

interface PreparedOperation {
  readonly parameters: ParameterShape
  readonly validate: CompiledSchema
  readonly bodies: ReadonlyMap<string, BodyShape>
  readonly bodyRequired: boolean
  readonly names: ReadonlySet<string>
}

function check(request: ShapeRequest, operation: PreparedOperation): ShapeOutcome {
  const errors = operation.parameters.check(request)
  const { params, query } = request
  const declared = operation.parameters.declaredHeaders(request.headers)
  // The compiled schema converts in place: `query.limit` is a number afterwards.
  if (errors.length === 0 && !operation.validate({ params, query, headers: declared })) {
    errors.push(...describeFaults(operation.validate.errors ?? [], operation.names))
  }
  const body = checkBody(request, operation, errors)
  if (errors.length > 0) return { ok: false, errors }
  return { ok: true, input: { params, query, headers: declared, body } }
}

function checkBody(request: ShapeRequest, operation: PreparedOperation, errors: ShapeError[]): unknown {
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
