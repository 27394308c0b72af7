/** The rules of the contract that OpenAPI itself does not know. They read the bundle and know no operation by name. */
import * as descriptions from './description-rules.ts'
import * as effects from './effect-rules.ts'
import * as operations from './operation-rules.ts'
import * as schemas from './schema-rules.ts'

const rules = {
  'one-tag': operations.oneTag,
  'operation-name': operations.operationName,
  'explicit-security': operations.explicitSecurity,
  access: operations.access,
  effect: effects.effect,
  'same-effect': effects.sameEffect,
  'documented-statuses': operations.documentedStatuses,
  'closed-input': operations.closedInput,
  'bounded-string': schemas.boundedString,
  'bounded-array': schemas.boundedArray,
  nullable: schemas.nullable,
  'linear-pattern': schemas.linearPattern,
  'portable-pattern': schemas.portablePattern,
  'wide-integer': schemas.wideInteger,
  'property-schema': schemas.propertySchema,
  'component-name': schemas.componentName,
  'media-type-schema': schemas.mediaTypeSchema,
  'media-type-example': schemas.mediaTypeExample,
  'described-operation': descriptions.describedOperation,
  'described-property': descriptions.describedProperty,
  'described-schema': descriptions.describedSchema,
  'described-response': descriptions.describedResponse,
  'plain-words': descriptions.plainWords,
}

export default () => ({
  id: 'countersign',
  rules: { oas3: rules },
  configs: { all: { rules: Object.fromEntries(Object.keys(rules).map((name) => [`countersign/${name}`, 'error'])) } },
})
