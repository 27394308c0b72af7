// Checks of an operation's parameters that compiled schemas do not make: unknown and empty parameters, and texts that
// the schema compiler would accept as a number (`0x10`, ` 5`, `1e1`).

import { resolveReference } from '@countersign/spec'
import type { ShapeError } from '../errors.ts'
import type { RequestHeaders } from '../message.ts'
import type { ContractDocument, ContractOperation, Schema } from './contract-document.ts'
import { knowing } from './shape-error.ts'

export interface ParameterShape {
  /** All names; headers in lower case. */
  readonly names: ReadonlySet<string>
  /** The known query parameters, if the operation ignores others (dialects); `undefined` if it refuses others. */
  readonly wantedQuery: ReadonlySet<string> | undefined
  check(request: { readonly params: object; readonly query: Record<string, unknown> }): ShapeError[]
  /** The headers of a request that the contract declares, in lower case. */
  declaredHeaders(headers: RequestHeaders): Record<string, unknown>
}

const scalars = new Set(['string', 'integer', 'number', 'boolean', 'null'])
const integerText = /^-?(?:0|[1-9][0-9]*)$/
const numberText = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/
/** OpenAPI 3.1 §4.8.12.1: parameters with these names are ignored. They have their own parsers. */
const notParameters = new Set(['accept', 'authorization', 'content-type'])

interface Parameter {
  readonly name: string
  readonly location: 'path' | 'query' | 'header'
  readonly text: RegExp | undefined
  readonly emptyAllowed: boolean
}

/**
 * Reads the parameters of an operation.
 *
 * @throws TypeError for a cookie parameter or one that is not a scalar: there is no parser for them.
 */
export function readParameters(document: ContractDocument, operation: ContractOperation): ParameterShape {
  const parameters = (operation.parameters ?? [])
    .map((parameter) => readParameter(document, parameter, operation.operationId ?? ''))
    .filter(({ location, name }) => location !== 'header' || !notParameters.has(name.toLowerCase()))
  const at = (location: Parameter['location']) => parameters.filter((parameter) => parameter.location === location)
  const query = new Map(at('query').map((parameter) => [parameter.name, parameter]))
  const path = at('path').filter(({ text }) => text !== undefined)
  const headerNames = at('header').map(({ name }) => name.toLowerCase())
  const unknownParameter = `has a parameter that the contract does not know${knowing(query.keys())}`
  const ignoresUnknown = operation['x-eov-allow-unknown-query-parameters'] === true

  return {
    wantedQuery: ignoresUnknown ? new Set(query.keys()) : undefined,
    names: new Set(parameters.map(({ name, location }) => (location === 'header' ? name.toLowerCase() : name))),
    check(request) {
      const errors: ShapeError[] = []
      for (const name of Object.keys(request.query)) {
        const parameter = query.get(name)
        if (parameter) checkParameter(parameter, request.query[name], '/query', errors)
        else if (ignoresUnknown) delete request.query[name]
        else if (!errors.some(({ detail }) => detail === unknownParameter))
          errors.push({ pointer: '/query', detail: unknownParameter })
      }
      for (const parameter of path) {
        checkParameter(parameter, (request.params as Record<string, unknown>)[parameter.name], '/params', errors)
      }
      return errors
    },
    declaredHeaders(headers) {
      const declared: Record<string, unknown> = {}
      for (const name of headerNames) if (headers[name] !== undefined) declared[name] = headers[name]
      return declared
    },
  }
}

function checkParameter(
  { name, text, emptyAllowed }: Parameter,
  value: unknown,
  place: string,
  errors: ShapeError[],
): void {
  if (value === '' && !emptyAllowed) errors.push({ pointer: `${place}/${name}`, detail: 'must not be empty' })
  else if (text !== undefined && typeof value === 'string' && !text.test(value)) {
    errors.push({ pointer: `${place}/${name}`, detail: 'must be a number in decimal digits' })
  }
}

function readParameter(document: ContractDocument, reference: Schema, operationId: string): Parameter {
  const parameter = resolveReference(document, reference)
  const { name, in: location } = parameter
  const refuse = (why: string): never => {
    throw new TypeError(`Parameter ${String(name)} of ${operationId} ${why}.`)
  }
  if (typeof name !== 'string') return refuse('has no name')
  if (location !== 'path' && location !== 'query' && location !== 'header')
    return refuse('is in a location without a parser')
  const schema = resolveReference(document, (parameter.schema as Schema | undefined) ?? {})
  const types = [schema.type].flat().filter((type) => type !== undefined) as string[]
  if (types.length === 0 || !types.every((type) => scalars.has(type))) return refuse('is not a scalar')
  return { name, location, text: grammarOf(types), emptyAllowed: parameter.allowEmptyValue === true }
}

function grammarOf(types: readonly string[]): RegExp | undefined {
  if (types.includes('string')) return undefined
  if (types.includes('number')) return numberText
  return types.includes('integer') ? integerText : undefined
}
