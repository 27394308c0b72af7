// The facts about an operation's parameters that compiled schemas do not check.
import type { CompiledParameter } from '../reader/compiled.ts'
import { resolveReference } from '../reader/operations.ts'
import type { ContractDocument, ContractOperation, Schema } from './contract-document.ts'

const scalars = new Set(['string', 'integer', 'number', 'boolean', 'null'])
/** OpenAPI 3.1 §4.8.12.1: header parameters with these names are ignored. They have their own parsers. */
export const notParameters: ReadonlySet<string> = new Set(['accept', 'authorization', 'content-type'])

/**
 * Reads the parameters of an operation.
 *
 * @throws TypeError for a cookie parameter or one that is not a scalar: there is no parser for them.
 */
export const readParameters = (
  document: ContractDocument,
  { parameters = [], operationId = '' }: ContractOperation,
): readonly CompiledParameter[] =>
  parameters
    .map((parameter) => readParameter(document, parameter, operationId))
    .filter(({ in: location, name }) => location !== 'header' || !notParameters.has(name))

function readParameter(document: ContractDocument, reference: Schema, operationId: string): CompiledParameter {
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
  const text = textOf(types)
  return {
    name: location === 'header' ? name.toLowerCase() : name,
    in: location,
    ...(text === undefined ? {} : { text }),
    ...(parameter.allowEmptyValue === true ? { emptyAllowed: true } : {}),
  }
}

function textOf(types: readonly string[]): CompiledParameter['text'] {
  if (types.includes('string')) return undefined
  if (types.includes('number')) return 'number'
  return types.includes('integer') ? 'integer' : undefined
}
