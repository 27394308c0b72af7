// The contract as TypeScript sees it: only what types can express, and only what handlers return and callers read.

import { withStringOrList } from '../../spec/reader/operations.ts'

type Node = Record<string, unknown>

/**
 * The document from which the types are generated. It differs from the contract in three ways:
 *
 * - `x-string-or-list` is the `oneOf` that it stands for.
 * - Each object schema that a boolean member splits in two is a `oneOf` of both, so that a member that is present
 *   whenever `active` is true needs no check. Such a schema has an `if` with one boolean constant; `then` requires
 *   members, and `else` has at most as many members as are required anyway.
 * - Responses to requests that were never read (`x-unread`) are left out: no handler returns them, and clients read no
 *   content from them.
 */
export const typedContract = (document: Node): Node => {
  const { components } = document
  const shared = isNode(components) && isNode(components.responses) ? components.responses : {}
  const isUnread = (response: unknown) => {
    const name = isNode(response) && typeof response.$ref === 'string' ? response.$ref.split('/').at(-1) : undefined
    const target = name === undefined ? response : shared[name]
    return isNode(target) && target['x-unread'] === true
  }
  const typed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(typed)
    if (!isNode(value)) return value
    const kept = Object.entries(value).filter(([, member]) => !isUnread(member))
    const copy = Object.fromEntries(kept.map(([name, member]) => [name, typed(member)]))
    return divided(copy) ?? copy
  }
  return withStringOrList(typed(document) as Node)
}

const divided = (schema: Node): Node | undefined => {
  const { if: condition, then: met, else: unmet, description, ...plain } = schema
  if (!isNode(condition) || !isNode(met) || !isNode(unmet) || !isNode(plain.properties)) return undefined
  const [only, ...more] = Object.entries(isNode(condition.properties) ? condition.properties : {})
  const [name, constant] = only ?? []
  if (name === undefined || more.length > 0 || !isNode(constant) || typeof constant.const !== 'boolean')
    return undefined
  const required = Array.isArray(plain.required) ? plain.required : []
  if (!Array.isArray(met.required) || unmet.maxProperties !== required.length) return undefined
  const { properties } = plain
  const member = (value: boolean) => ({ ...(properties[name] as Node), const: value })
  const few = Object.fromEntries(required.map((one) => [one, properties[one]]))
  return {
    ...(description === undefined ? {} : { description }),
    oneOf: [
      {
        ...plain,
        required: [...required, ...met.required],
        properties: { ...properties, [name]: member(constant.const) },
      },
      { ...plain, additionalProperties: false, properties: { ...few, [name]: member(!constant.const) } },
    ],
  }
}

const isNode = (value: unknown): value is Node => value !== null && typeof value === 'object' && !Array.isArray(value)
