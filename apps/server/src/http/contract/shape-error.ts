// Translates a schema's error for the client: the position by the contract's own names, and a constant sentence.
// Neither values nor names sent by the client are repeated, because either may be a misplaced secret.
import type { SchemaFault } from '@countersign/spec/compiled'
import type { ShapeError } from '../errors.ts'

const errorLimit = 8

/** The names that the contract knows at a position, for the error message. */
export const knowing = (names: Iterable<string>): string => {
  const known = [...names].join(', ')
  return known === '' ? '' : `: it knows ${known}`
}

/**
 * Translates the errors of one request.
 *
 * @param names Every member and parameter name in the operation's schemas.
 * @param members The members of the body itself. Default: none.
 * @returns At most 8, without duplicates.
 */
export function describeFaults(
  faults: readonly SchemaFault[],
  names: ReadonlySet<string>,
  members: ReadonlySet<string> = new Set(),
): ShapeError[] {
  const errors: ShapeError[] = []
  for (const fault of faults) {
    // The error inside the branch says what is wrong.
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

/** The `params` of these keywords contain limits of the contract, never values of the client. */
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
      return 'does not match the contract'
  }
}
