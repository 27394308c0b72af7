// Checks of an operation's parameters that compiled schemas do not make: unknown and empty parameters, and texts that
// the schema compiler would accept as a number (`0x10`, ` 5`, `1e1`).

import type { CompiledOperation, CompiledParameter } from '@countersign/spec/compiled'
import type { ShapeError } from '../errors.ts'
import type { RequestHeaders } from '../message.ts'
import { knowing } from './shape-error.ts'

export interface ParameterShape {
  /** The known query parameters, if the operation ignores others (dialects); `undefined` if it refuses others. */
  readonly wantedQuery: ReadonlySet<string> | undefined
  check(request: { readonly params: object; readonly query: Record<string, unknown> }): ShapeError[]
  /** The headers of a request that the contract declares, in lower case. */
  declaredHeaders(headers: RequestHeaders): Record<string, unknown>
}

const texts: Readonly<Record<'integer' | 'number', RegExp>> = {
  integer: /^-?(?:0|[1-9][0-9]*)$/,
  number: /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/,
}

/** The checks of an operation's parameters. */
export function parameterShape({
  parameters,
  ignoresOtherQuery,
}: Pick<CompiledOperation, 'parameters' | 'ignoresOtherQuery'>): ParameterShape {
  const at = (location: CompiledParameter['in']) => parameters.filter((parameter) => parameter.in === location)
  const query = new Map(at('query').map((parameter) => [parameter.name, parameter]))
  const path = at('path').filter(({ text }) => text !== undefined)
  const headerNames = at('header').map(({ name }) => name)
  const unknownParameter = `has a parameter that the contract does not know${knowing(query.keys())}`

  return {
    wantedQuery: ignoresOtherQuery ? new Set(query.keys()) : undefined,
    check(request) {
      const errors: ShapeError[] = []
      for (const name of Object.keys(request.query)) {
        const parameter = query.get(name)
        if (parameter) checkParameter(parameter, request.query[name], '/query', errors)
        else if (ignoresOtherQuery) delete request.query[name]
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
  { name, text, emptyAllowed = false }: CompiledParameter,
  value: unknown,
  place: string,
  errors: ShapeError[],
): void {
  if (value === '' && !emptyAllowed) errors.push({ pointer: `${place}/${name}`, detail: 'must not be empty' })
  else if (text !== undefined && typeof value === 'string' && !texts[text].test(value)) {
    errors.push({ pointer: `${place}/${name}`, detail: 'must be a number in decimal digits' })
  }
}
