import { patternFault } from './pattern.ts'
import { portabilityFault } from './portable-pattern.ts'
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

/** Who generates a client must be able to compile it. */
export const portablePattern: Rule = () => ({
  Schema(schema, context) {
    if (typeof schema.pattern !== 'string') return
    const fault = portabilityFault(schema.pattern)
    if (fault !== undefined) context.report({ message: `The pattern ${schema.pattern} ${fault}.` })
  },
})

const least32 = -(2 ** 31)
const most32 = 2 ** 31 - 1

/** Generators make a plain integer one of 32 bits. */
export const wideInteger: Rule = () => ({
  Schema(schema, context) {
    if (!typesOf(schema).includes('integer') || schema.format === 'int64') return
    const words = 'const' in schema ? [schema.const] : list(schema.enum)
    const least = words.length > 0 ? Math.min(...words.map(Number)) : Number(schema.minimum ?? Number.NaN)
    const most = words.length > 0 ? Math.max(...words.map(Number)) : Number(schema.maximum ?? Number.NaN)
    if (!(least >= least32 && most <= most32)) {
      context.report({
        message: 'An integer that may pass 32 bits has `format: int64`; others have `minimum` and `maximum`.',
      })
    }
  },
})

/** Some readers know no schema that is `true` or `false`, but for `additionalProperties`. */
export const propertySchema: Rule = () => ({
  Schema(schema, context) {
    for (const [name, value] of Object.entries(isObject(schema.properties) ? schema.properties : {})) {
      if (!isObject(value)) context.report({ message: `The schema of the member "${name}" is an object.` })
    }
  },
})

/** An answer without a schema would have the type `unknown` in generated code. */
export const mediaTypeSchema: Rule = () => ({
  MediaType(media, context) {
    if (!isObject(media.schema)) context.report({ message: 'A media type has a schema.' })
  },
})

/** Generators make one type of each component, whatever its section, and some file systems know no case. */
export const componentName: Rule = () => ({
  Components(components, context) {
    const first = new Map<string, string>()
    for (const [section, members] of Object.entries(components)) {
      // Headers and security schemes become no types.
      if (section === 'securitySchemes' || section === 'headers') continue
      for (const name of Object.keys(isObject(members) ? members : {})) {
        const before = first.get(name.toLowerCase())
        first.set(name.toLowerCase(), before ?? `${section}/${name}`)
        if (before === undefined) continue
        context.report({
          message: `The component ${section}/${name} has the name of ${before}.`,
          location: context.location.child([section, name]),
        })
      }
    }
  },
})

/** An example is what a reader looks at first. */
export const mediaTypeExample: Rule = () => ({
  MediaType(media, context) {
    const examples = isObject(media.examples) ? Object.keys(media.examples).length : 0
    if (!('example' in media) && examples === 0) context.report({ message: 'A media type has an example.' })
  },
})
