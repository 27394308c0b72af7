import { isObject, object, type Rule } from './redocly-rule.ts'

/** Without words a reader sees a bare name, and so does an editor that reads the generated types. */
const hasWords = (value: unknown): boolean =>
  isObject(value) && typeof value.description === 'string' && value.description.trim() !== ''

/** Operations and parameters say what they are. */
export const describedOperation: Rule = () => ({
  Operation(operation, context) {
    if (!hasWords(operation)) context.report({ message: `${operation.operationId} has no \`description\`.` })
  },
  Parameter(parameter, context) {
    if (!hasWords(parameter)) context.report({ message: `The parameter ${parameter.name} has no \`description\`.` })
  },
})

/** Within these a property is a condition on a member that is described elsewhere. */
const condition = /(?<!\/properties)\/(?:if|then|else|not|dependentSchemas)(?:\/|$)/

/** Members say what they are, or the schema that they name says it. */
export const describedProperty: Rule = () => ({
  Schema(schema, context) {
    if (condition.test(context.location.pointer)) return
    for (const [name, property] of Object.entries(isObject(schema.properties) ? schema.properties : {})) {
      if (hasWords(property) || hasWords(object(property, context))) continue
      context.report({
        message: `The property ${name} has no \`description\`, and what it names has none.`,
        location: context.location.child(['properties', name]),
      })
    }
  },
})
