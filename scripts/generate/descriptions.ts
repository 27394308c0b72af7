// Copies the contract's descriptions to where an editor shows them: to each member of the types and to each operation.

import { operationsOf } from '../../spec/reader/operations.ts'

type Json = { readonly [name: string]: unknown }

export interface DescribedBundle {
  readonly paths: object
  readonly components: { readonly schemas?: Readonly<Record<string, { readonly description?: string }>> }
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The bundle in which a property that refers to a schema has that schema's description. For a member, editors do not
 * show the description of its type.
 */
export const withMemberDescriptions = <Bundle extends DescribedBundle>(bundle: Bundle): Bundle => {
  const { schemas = {} } = bundle.components
  const described = (property: unknown): unknown => {
    if (!isObject(property) || typeof property.$ref !== 'string' || property.description !== undefined) return property
    const description = schemas[property.$ref.replace('#/components/schemas/', '')]?.description
    return description === undefined ? property : { ...property, description }
  }
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (!isObject(value)) return value
    const walked = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, walk(member)]))
    if (!isObject(walked.properties)) return walked
    const properties = Object.entries(walked.properties).map(([name, property]) => [name, described(property)])
    return { ...walked, properties: Object.fromEntries(properties) }
  }
  return walk(bundle) as Bundle
}

/** Adds the contract's descriptions to each path and each entry of `operations`. */
export const withOperationDescriptions = (types: string, bundle: DescribedBundle): string => {
  const ofOperation = new Map<string, readonly string[]>()
  const ofPath = new Map<string, readonly string[]>()
  for (const { path, method, operationId, summary, description } of operationsOf(bundle)) {
    ofPath.set(path, [...(ofPath.get(path) ?? []), `${method}: ${summary}`])
    ofOperation.set(
      operationId,
      [summary, description].flatMap((text) => text.trimEnd().split('\n')),
    )
  }
  const [interfaces, operations = ''] = types.split(/^(?=export interface operations )/m)
  if (interfaces === undefined || operations === '') throw new Error('the types have no interface operations')
  return (
    interfaces.replace(/^ {4}"(\/[^"]*)": \{$/gm, (line, path) => comment(ofPath.get(path)) + line) +
    operations.replace(/^ {4}(\w+): \{$/gm, (line, id) => comment(ofOperation.get(id)) + line)
  )
}

const comment = (lines: readonly string[] | undefined): string =>
  lines === undefined
    ? ''
    : `    /**\n${lines.map((line) => `     * ${line.replaceAll('*/', '*\\/')}`.trimEnd()).join('\n')}\n     */\n`
