// How a schema's refusal is told to a client: where, by the contract's own names, and in a constant sentence. Neither
// values nor names that the client made up are repeated; either may be a secret that was put in the wrong place.
import type { ShapeError } from '../errors.ts'

/** As much of an Ajv error as is told on. */
export interface SchemaFault {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
}

const errorLimit = 8

/** What the contract knows at a place, for whoever sent something else there. */
export const knowing = (names: Iterable<string>): string => {
  const known = [...names].join(', ')
  return known === '' ? '' : `: it knows ${known}`
}

/** Translates the faults of one request.
 *
 * @param names Every member and parameter name that the operation's schemas know.
 * @param members Those of the body itself. Default is none.
 * @returns At most 8, each once.
 */
export function describeFaults(
  faults: readonly SchemaFault[],
  names: ReadonlySet<string>,
  members: ReadonlySet<string> = new Set(),
): ShapeError[] {
  const errors: ShapeError[] = []
  for (const fault of faults) {
    // Its branch says what is wrong.
    if (fault.keyword === 'if') continue
    const pointer = knownPointer(fault, names)
    const error = { pointer, detail: describe(fault, pointer === '/body' ? members : new Set()) }
    const told = errors.some(({ pointer, detail }) => pointer === error.pointer && detail === error.detail)
    if (!told && errors.length < errorLimit) errors.push(error)
  }
  return errors
}

function knownPointer({ keyword, instancePath, params }: SchemaFault, names: ReadonlySet<string>): string {
  const path = keyword === 'required' ? `${instancePath}/${params.missingProperty}` : instancePath
  const segments = path.split('/').slice(1)
  const unknown = segments.findIndex((segment) => !names.has(segment) && !/^[0-9]+$/.test(segment))
  return segments
    .slice(0, unknown < 0 ? segments.length : unknown)
    .map((segment) => `/${segment}`)
    .join('')
}

/** `params` of these keywords hold limits of the contract, never what was sent. */
function describe({ keyword, params }: SchemaFault, members: ReadonlySet<string>): string {
  switch (keyword) {
    case 'required':
      return 'is required'
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `has a member that the contract does not know${knowing(members)}`
    case 'minProperties':
      return `must have ${params.limit} member(s) at least${knowing(members)}`
    case 'type':
      return `must be of type ${[params.type].flat().join(' or ')}`
    case 'enum':
    case 'const':
      return 'must be a value that the contract names'
    case 'maxLength':
      return `must not be longer than ${params.limit} characters`
    case 'minLength':
      return `must not be shorter than ${params.limit} characters`
    case 'pattern':
    case 'format':
      return 'does not have the form that the contract gives it'
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `must be ${params.comparison} ${params.limit}`
    case 'maxItems':
      return `must not have more than ${params.limit} items`
    case 'minItems':
      return `must not have fewer than ${params.limit} items`
    case 'not':
      return 'has members that do not go together'
    case 'uniqueItems':
      return 'must not have the same item twice'
    default:
      return 'is not as the contract describes it'
  }
}
