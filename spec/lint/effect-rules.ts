// What an operation does to ways in (`x-effect`), and that who may cause an effect is the same in every dialect
// (spec/README.md).
import { operationsOf } from '../reader/operations.ts'
import { isObject, list, type Rule, type Value } from './redocly-rule.ts'

const words = {
  does: ['makes', 'shows', 'changes', 'ends'],
  what: [
    ...['person', 'ownership', 'secret', 'factor', 'session', 'token', 'authorization', 'client', 'credential', 'api'],
    'key',
  ],
  whose: ['this', 'own', 'any'],
  proof: ['none', 'recent', 'shown'],
}

const roles = ['viewer', 'manager', 'owner']

/** Names of what permits a login. What changes such a thing has an effect. */
const ways =
  /User|Person|Owner|Client|Token|Session|Password|Factor|Totp|Recovery|Credential|Authorization|Access|ApiKey|Expiry|Login|Setup/

/** Nothing is changed by these, whatever the method. */
const looks = /^(?:introspect|list|show|validate)/i

/** Each operation that changes something says what it does to ways in; `[]` is nothing. */
export const effect: Rule = () => ({
  Operation(operation, context) {
    const method = context.location.pointer.split('/').at(-1) ?? ''
    for (const message of effectFaults(operation, method)) context.report({ message: `x-effect: ${message}.` })
  },
})

const effectFaults = (operation: Value, method: string): string[] => {
  const effects = operation['x-effect']
  const changes = method !== 'get' || operation['x-state-changing'] === true
  if (effects === undefined) return changes ? ['is missing; [] says that no way in is touched'] : []
  if (!Array.isArray(effects)) return ['is a list']
  if (effects.length === 0) return concernsWays(operation) ? ['is empty, but the name speaks of a way in'] : []
  return effects.flatMap((each) => (isObject(each) ? faultsOf(each, operation) : ['an effect is an object']))
}

const concernsWays = ({ operationId, tags }: Value): boolean => {
  const [tag] = list(tags)
  const id = String(operationId)
  const name = typeof tag === 'string' && id.startsWith(tag) ? id.slice(tag.length) : id
  return ways.test(name) && !looks.test(name)
}

const faultsOf = ({ least, exception, ...rest }: Value, operation: Value): string[] => {
  const faults = Object.entries(words)
    .filter(([member, known]) => !known.includes(String(rest[member])))
    .map(([member, known]) => `\`${member}\` is one of ${known.join(', ')}`)
  const unknown = Object.keys(rest).filter((member) => !(member in words))
  faults.push(...unknown.map((member) => `"${member}" is unknown`))
  if (exception !== undefined && (typeof exception !== 'string' || exception.length < 20)) {
    faults.push('`exception` is the sentence that says why')
  }
  const access = accessOf(operation)
  if (least !== undefined && roles.indexOf(String(least)) <= roles.indexOf(String(access.least))) {
    faults.push('`least` is a higher role than that of `x-access`: the operation itself requires it')
  }
  const proves = rest.whose === 'this' || (rest.whose === 'own' && rest.proof === 'shown')
  if (access.least === 'none' && !proves) {
    faults.push('without an access token only what is presented changes, or every factor of a login is shown')
  }
  return faults
}

interface Policy {
  readonly where: string
  readonly terms: string
}

/** Operations of one effect admit the same kinds of token, the same role and the same proof, whatever their dialect. */
export const sameEffect: Rule = () => ({
  Root(root, context) {
    const first = new Map<string, Policy>()
    for (const { operationId: where, path, method, effects, source } of operationsOf(root)) {
      for (const each of effects) {
        if (each.exception !== undefined) continue
        const { key, terms } = governed(each, source)
        const before = first.get(key)
        if (before === undefined) first.set(key, { where, terms })
        else if (before.terms !== terms) {
          context.report({
            message: `${where} ${key}: ${terms}; but ${before.where}: ${before.terms}.`,
            location: context.location.child(['paths', path, method.toLowerCase(), 'x-effect']),
          })
        }
      }
    }
  },
})

/** Where no token is asked for, what is presented is the proof: such operations are compared with one another alone. */
const governed = ({ does, what, whose, proof, least: higher }: Value, operation: Value) => {
  const access = accessOf(operation)
  const isPublic = access.least === 'none'
  const least = higher ?? (whose !== 'any' && access.self === true ? 'viewer' : access.least)
  // A client is never the owner.
  const kinds = list(access.kinds).filter((kind) => least !== 'owner' || kind !== 'machine')
  return {
    key: `${does} ${what} (${whose}${isPublic ? ', without a token' : ''})`,
    terms: `kinds ${kinds.map(String).sort().join(' ') || 'none'}, least role ${least}, proof ${proof}`,
  }
}

const accessOf = (operation: Value): Value => (isObject(operation['x-access']) ? operation['x-access'] : {})
