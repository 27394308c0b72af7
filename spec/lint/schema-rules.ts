import { patternFault } from './pattern.ts'
import { isObject, list, type Rule, type Value } from './redocly-rule.ts'

/** Formats of a length that the format itself bounds. */
const fixedFormats = ['date', 'date-time', 'ipv4', 'ipv6', 'uuid']

const typesOf = (schema: Value): unknown[] => (Array.isArray(schema.type) ? schema.type : [schema.type])

/** What has no bound can be sent without end. */
export const boundedString: Rule = () => ({
  Schema(schema, context) {
    const fixed = 'enum' in schema || 'const' in schema || fixedFormats.includes(String(schema.format))
    if (typesOf(schema).includes('string') && !fixed && typeof schema.maxLength !== 'number') {
      context.report({ message: 'A string has a `maxLength`.' })
    }
  },
})

export const boundedArray: Rule = () => ({
  Schema(schema, context) {
    if (typesOf(schema).includes('array') && typeof schema.maxItems !== 'number') {
      context.report({ message: 'An array has `maxItems`.' })
    }
  },
})

/** The narrowest generators read `[T, "null"]` and nothing else that may be null. */
export const nullable: Rule = () => ({
  Schema(schema, context) {
    const { type } = schema
    const listed = Array.isArray(type)
    if (listed && !(type.length === 2 && type[1] === 'null' && type[0] !== 'null')) {
      context.report({ message: 'A list of types is [T, "null"].' })
    }
    if (type === 'null' || schema.const === null || (!listed && list(schema.enum).includes(null))) {
      context.report({ message: 'No schema is null alone.' })
    }
    if ('nullable' in schema) context.report({ message: '`nullable` is of OpenAPI 3.0: write [T, "null"].' })
    if ('const' in schema && type === undefined) context.report({ message: '`const` comes with its `type`.' })
  },
})

/** A caller must not be able to make a pattern slow (N-262). */
export const linearPattern: Rule = () => ({
  Schema(schema, context) {
    if (typeof schema.pattern !== 'string') return
    const fault = patternFault(schema.pattern)
    if (fault !== undefined) context.report({ message: `The pattern ${schema.pattern} ${fault}.` })
  },
})

/** An example is what a stranger reads first. */
export const mediaTypeExample: Rule = () => ({
  MediaType(media, context) {
    const examples = isObject(media.examples) ? Object.keys(media.examples).length : 0
    if (!('example' in media) && examples === 0) context.report({ message: 'A media type has an example.' })
  },
})
