// The differences of two contracts, and which of them break a caller that was written for the first.
import type { Contract, Entry, Fact } from './contract-facts.ts'

export interface ContractChange {
  readonly breaks: boolean
  /** One sentence, in Markdown. */
  readonly text: string
}

/** The schema whose values are the error codes: programs decide by them. */
const errorCodes = 'ProblemCode'

export const contractChanges = (before: Contract, after: Contract): readonly ContractChange[] => [
  ...compare(before.operations, after.operations, (name, is) => [
    { breaks: is === 'removed', text: `\`${name}\` ${was[is]}` },
  ]),
  // A schema that is new or gone is told where it is used.
  ...compare(before.schemas, after.schemas, () => []),
]

type Existence = 'added' | 'removed'
const was: Readonly<Record<Existence, string>> = { added: 'is new', removed: 'was removed' }

function compare(
  before: ReadonlyMap<string, Entry>,
  after: ReadonlyMap<string, Entry>,
  told: (name: string, is: Existence) => readonly ContractChange[],
): readonly ContractChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted()
  return names.flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)]
    if (!old) return told(name, 'added')
    if (!now) return told(name, 'removed')
    return [...traitChanges(old, now, name), ...factChanges(old, now, name)]
  })
}

const traitChanges = ({ traits: old }: Entry, { traits: now }: Entry, name: string): readonly ContractChange[] =>
  Object.entries(now).flatMap(([trait, value]) => {
    if (old[trait] === value) return []
    if (trait === 'callers') return [{ breaks: true, text: `\`${name}\`: who may call it has changed` }]
    const breaks = trait === 'operation id' || value === 'refused'
    return [{ breaks, text: `\`${name}\`: ${trait}: ${old[trait]}, now ${value}` }]
  })

function factChanges({ facts: old }: Entry, { facts: now }: Entry, name: string): readonly ContractChange[] {
  const places = [...new Set([...old.keys(), ...now.keys()])]
  return places.flatMap((place) => {
    const [before, after] = [old.get(place), now.get(place)]
    if (before && after) {
      const label = place === '' ? `\`${name}\`` : `\`${name}\`: \`${place}\``
      return [...valueChanges(before, after, name, label), ...shapeChanges(before, after, label)]
    }
    // What is in something new is not told.
    const other = before ? now : old
    if ([...(before ? old : now).keys()].some((outer) => !other.has(outer) && contains(outer, place))) return []
    const is = before ? 'removed' : 'added'
    const fact = before ?? after
    return fact ? [{ breaks: breaksBy(is, place, fact), text: `\`${name}\`: \`${place}\` ${was[is]}` }] : []
  })
}

const contains = (outer: string, inner: string): boolean =>
  inner.length > outer.length && inner.startsWith(outer) && /[.[ ]/.test(inner.charAt(outer.length))

/** A further status breaks nobody; nor does one that no longer comes, unless it was that of a success. */
function breaksBy(is: Existence, place: string, { direction, required }: Fact): boolean {
  if (/^response [1345]\d\d$/.test(place)) return false
  return is === 'removed' || (direction !== 'response' && required)
}

function valueChanges(before: Fact, after: Fact, name: string, label: string): readonly ContractChange[] {
  const [old, now] = [before.values, after.values]
  if (!old && !now) return []
  if (!old) return [{ breaks: after.direction !== 'response', text: `${label} has one of certain values now` }]
  if (!now) return [{ breaks: before.direction !== 'request', text: `${label} may have any value now` }]
  const tell = (value: string, is: Existence) => {
    const what = name === errorCodes ? `error code \`${JSON.parse(value)}\`` : `${label}: the value \`${value}\``
    return { breaks: is === 'removed', text: `${what} ${was[is]}` }
  }
  return [
    ...now.filter((value) => !old.includes(value)).map((value) => tell(value, 'added')),
    ...old.filter((value) => !now.includes(value)).map((value) => tell(value, 'removed')),
  ]
}

function shapeChanges(before: Fact, after: Fact, label: string): readonly ContractChange[] {
  const changes: ContractChange[] = []
  if (before.type !== after.type)
    changes.push({ breaks: true, text: `${label} is ${after.type} now, was ${before.type}` })
  if (before.required !== after.required) {
    const breaks = after.direction === 'both' || (after.direction === 'request') === after.required
    changes.push({ breaks, text: `${label} is ${after.required ? 'required' : 'optional'} now` })
  }
  // Rules of another type say nothing about this one.
  if (before.type !== after.type) return changes
  for (const rule of new Set([...Object.keys(before.rules), ...Object.keys(after.rules)])) {
    const [old, now] = [before.rules[rule], after.rules[rule]]
    if (JSON.stringify(old) === JSON.stringify(now)) continue
    const breaks = after.direction !== 'response' && !isLooser(rule, old, now)
    changes.push({ breaks, text: `${label}: its ${rule} ${told(old, now)}` })
  }
  return changes
}

/** Whether everything that was permitted still is. */
const isLooser = (rule: string, old: unknown, now: unknown): boolean =>
  now === undefined ||
  (typeof old === 'number' &&
    typeof now === 'number' &&
    (/^max/.test(rule) ? now > old : /^min/.test(rule) && now < old))

function told(old: unknown, now: unknown): string {
  if (old === undefined) return 'is new'
  if (now === undefined) return 'was removed'
  const short = [old, now].every((value) => typeof value !== 'object' && String(value).length < 60)
  return short ? `is \`${now}\` now, was \`${old}\`` : 'has changed'
}
