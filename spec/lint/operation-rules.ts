import { type Context, isObject, list, object, type Rule, type Value } from './redocly-rule.ts'

const verbs =
  /^(?:add|change|check|confirm|create|delete|disable|enable|end|introspect|issue|list|record|refresh|regenerate|register|remove|rename|reset|restart|revoke|set|show|start|stop|transfer)$/

/** The generator writes an operation once for each of its tags. */
export const oneTag: Rule = () => ({
  Operation(operation, context) {
    const count = list(operation.tags).length
    if (count !== 1) context.report({ message: `An operation has exactly one tag, not ${count}.` })
  },
})

/** `showMe`, or in a dialect `manifoldShowInfo`: a handler's name should say what it does. */
export const operationName: Rule = () => ({
  Operation(operation, context) {
    const id = String(operation.operationId ?? '')
    const [tag] = list(operation.tags)
    const ofDialect = typeof tag === 'string' && id.startsWith(tag) && /^[A-Z]/.test(id.slice(tag.length))
    const [verb = '', ...nouns] = id.split(/(?=[A-Z])/)
    const good = /^[a-z]+(?:[A-Z][a-z0-9]*)+$/.test(id) && (ofDialect || (verbs.test(verb) && nouns.length > 0))
    if (!good) context.report({ message: `operationId "${id}" is not a known verb and a noun in camelCase.` })
  },
})

/** Who may call is said at each operation, never inherited: what is forgotten must not be open. */
export const explicitSecurity: Rule = () => ({
  Operation(operation, context) {
    if (!Array.isArray(operation.security))
      context.report({ message: 'An operation says its `security`; [] is public.' })
    for (const alternative of list(operation.security)) {
      const count = Object.keys(isObject(alternative) ? alternative : {}).length
      if (count !== 1) context.report({ message: `Each alternative of \`security\` names one scheme, not ${count}.` })
    }
  },
})

const words = {
  least: ['none', 'viewer', 'manager', 'owner'],
  kinds: ['session', 'machine', 'personal', 'password_change', 'enrolment'],
  presented: ['none', 'client', 'body', 'grant'],
}

/** `x-access` is complete and agrees with `security` (spec/README.md). */
export const access: Rule = () => ({
  Operation(operation, context) {
    for (const message of accessFaults(operation)) context.report({ message: `x-access: ${message}.` })
  },
})

const accessFaults = (operation: Value): string[] => {
  const access = operation['x-access']
  if (!isObject(access)) return ['is missing']
  const { least, self, kinds, presented, native, clientScope, anyAudience, ...rest } = access
  const faults = Object.keys(rest).map((member) => `"${member}" is unknown`)
  if (!words.least.includes(String(least))) faults.push('`least` is none, viewer, manager or owner')
  if (typeof self !== 'boolean') faults.push('`self` is a boolean')
  if (!words.presented.includes(String(presented))) faults.push('`presented` is none, client, body or grant')
  if (list(kinds).some((kind) => !words.kinds.includes(String(kind)))) {
    faults.push(`\`kinds\` are of ${words.kinds.join(', ')}`)
  }
  const authenticated = least !== 'none'
  if (native !== undefined && (native !== true || !authenticated)) {
    faults.push('`native` is true or absent, and goes with an authenticated caller')
  }
  if (clientScope !== undefined && !(typeof clientScope === 'string' && list(kinds).includes('machine'))) {
    faults.push('`clientScope` is a scope, and goes with the kind `machine`')
  }
  if (anyAudience !== undefined && (anyAudience !== true || !authenticated)) {
    faults.push('`anyAudience` is true or absent, and goes with an authenticated caller')
  }
  const schemes = list(operation.security).length > 0
  if (authenticated !== Array.isArray(kinds)) faults.push('`kinds` stands exactly where `least` is not none')
  if (!authenticated && self === true) faults.push('`self` needs an authenticated caller')
  if (authenticated && presented !== 'none') faults.push('`presented` other than none goes with `least: none`')
  if (schemes !== (authenticated || presented === 'grant')) {
    faults.push('`security` is [] exactly where no caller is authenticated and no grant is presented')
  }
  return faults
}

/** What the pipeline can answer by itself is documented, so that every answer has a type. */
export const documentedStatuses: Rule = () => ({
  Operation(operation, context) {
    const responses = isObject(operation.responses) ? operation.responses : {}
    // The check of liveness is answered in every state of the server: it has no 503.
    const need = operation.operationId === 'checkLiveness' ? ['400', '431'] : ['400', '431', '503']
    // A path may be too long to be looked up (apps/server/src/http/contract/route.ts).
    if (context.location.pointer.includes('{')) need.push('404')
    if (isObject(operation.requestBody)) need.push('413', '415')
    // A vendor may have other words for it (Lyve answers 400); native operations have not.
    if (isObject(operation['x-access']) && operation['x-access'].least !== 'none') need.push('403')
    // Where a secret or a grant is judged, a page of another site is refused (apps/server/src/pipeline/judged-secret.ts).
    if (judgesSecret(operation, responses)) need.push('403')
    if (list(operation.security).some((scheme) => isObject(scheme) && 'bearer' in scheme)) need.push('401')
    for (const status of need) {
      if (!(status in responses)) context.report({ message: `The answer ${status} is not documented.` })
    }
    if ('500' in responses) context.report({ message: 'No handler can answer 500.' })
    const headerOf: Record<string, string> = { 401: 'WWW-Authenticate', 429: 'Retry-After', 503: 'Retry-After' }
    for (const [status, header] of Object.entries(headerOf)) {
      if (!(status in responses)) continue
      const { headers } = object(responses[status], context)
      if (!isObject(headers) || !(header in headers)) context.report({ message: `${status} comes with ${header}.` })
    }
  },
})

const judgesSecret = ({ 'x-access': access }: Value, responses: Value): boolean =>
  '429' in responses || (isObject(access) && access.presented !== 'none')

/** Native bodies refuse what they do not know; elsewhere (`x-dialect` at the tag) the wire is a vendor's. */
export const closedInput: Rule = () => {
  let dialects = new Set<unknown>()
  return {
    Root(root) {
      const tags = list(root.tags).filter(isObject)
      dialects = new Set(tags.filter((tag) => tag['x-dialect'] === true).map((tag) => tag.name))
    },
    Operation(operation, context) {
      if (list(operation.tags).some((tag) => dialects.has(tag))) return
      const { content } = object(operation.requestBody, context)
      for (const media of Object.values(isObject(content) ? content : {})) {
        if (isObject(media) && hasOpenObject(media.schema, context, new Set())) {
          context.report({ message: 'Every object in a native body has `additionalProperties: false`.' })
        }
      }
    },
  }
}

const hasOpenObject = (schema: unknown, context: Context, seen: Set<unknown>): boolean => {
  if (!isObject(schema)) return false
  const value = object(schema, context)
  if (seen.has(value)) return false
  seen.add(value)
  const open = (value.type === 'object' || isObject(value.properties)) && value.additionalProperties !== false
  const inner = [
    ...Object.values(isObject(value.properties) ? value.properties : {}),
    ...['oneOf', 'anyOf', 'allOf'].flatMap((key) => list(value[key])),
    value.items,
  ]
  return open || inner.some((part) => hasOpenObject(part, context, seen))
}
