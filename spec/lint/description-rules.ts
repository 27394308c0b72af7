import { type Context, isObject, object, type Rule, type Value } from './redocly-rule.ts'

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

/** Named schemas say what they are: their name alone is what a generated type shows. */
export const describedSchema: Rule = () => ({
  Components({ schemas }, context) {
    for (const [name, schema] of Object.entries(isObject(schemas) ? schemas : {})) {
      if (hasWords(schema)) continue
      context.report({
        message: `The schema ${name} has no \`description\`.`,
        location: context.location.child(['schemas', name]),
      })
    }
  },
})

/** Responses and their headers say when they are sent and what they hold. */
export const describedResponse: Rule = () => ({
  Response(response, context) {
    if (!hasWords(response)) context.report({ message: 'The response has no `description`.' })
  },
  Header(header, context) {
    if (!hasWords(header)) context.report({ message: 'The header has no `description`.' })
  },
})

/** Words of this project or of everyday speech where the standards have a term. */
const terms: Readonly<Record<string, string>> = {
  person: 'user',
  people: 'users',
  somebody: 'a user',
  everybody: 'all users',
  nobody: 'no user',
  anybody: 'any user',
  whoever: 'the caller or the client',
  software: 'client',
  machine: 'client',
  room: 'package',
  house: 'server',
}

const everyday = new RegExp(`(?<![\`\\w=-])(?:${Object.keys(terms).join('|')})(?![\`\\w=-])`, 'gi')

const refuseEveryday = (value: Value, context: Context): void => {
  for (const text of [value.summary, value.description]) {
    for (const [word] of typeof text === 'string' ? text.matchAll(everyday) : []) {
      context.report({ message: `"${word}": write "${terms[word.toLowerCase()]}".` })
    }
  }
}

/** Summaries and descriptions use the terms of the standards. */
export const plainWords: Rule = () => ({
  Info: refuseEveryday,
  Tag: refuseEveryday,
  Operation: refuseEveryday,
  Parameter: refuseEveryday,
  RequestBody: refuseEveryday,
  Response: refuseEveryday,
  Header: refuseEveryday,
  Schema: refuseEveryday,
  Example: refuseEveryday,
  SecurityScheme: refuseEveryday,
})
