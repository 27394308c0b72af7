import { after, firstState, type Operation, type State } from './history.ts'

/**
 * Whether there is an order in which a server that does one thing at a time would have given these very answers, and in which
 * nothing comes before what had ended when it began (Herlihy and Wing). What changes nothing is taken as soon as it fits: it
 * would fit nowhere better. So only changes are tried in more than one place, and each situation once.
 */
export function isLinearizable(operations: readonly Operation[]): boolean {
  const inOrder = operations.toSorted((a, b) => a.from - b.from)
  const seen = new Set<string>()
  const situations: Situation[] = [{ state: firstState, done: inOrder.map(() => false), first: 0 }]
  for (let situation = situations.pop(); situation; situation = situations.pop()) {
    const { state, done } = situation
    const changes = settle(situation, inOrder)
    if (situation.first === inOrder.length) return true
    const name = `${situation.first}:${tail(situation)}:${state.chain.join()}:${state.key}:${state.dead}`
    if (seen.has(name)) continue
    seen.add(name)
    for (const [at, next] of changes) {
      situations.push({ state: next, done: done.with(at, true), first: situation.first })
    }
  }
  return false
}

interface Situation {
  readonly state: State
  readonly done: boolean[]
  /** Everything before it is done. */
  first: number
}

/** Which are done beyond the first that is not. */
const tail = ({ done, first }: Situation): string =>
  done.flatMap((isDone, at) => (isDone && at > first ? [at] : [])).join()

/** Does whatever may come next and changes nothing. Returns what may come next and changes something, and into what. */
function settle(situation: Situation, operations: readonly Operation[]): (readonly [at: number, next: State])[] {
  const { state, done } = situation
  for (;;) {
    const changes: (readonly [number, State])[] = []
    let settled = true
    for (const at of mayComeNext(situation, operations)) {
      const next = after(state, operations[at] as Operation)
      if (next === state) {
        done[at] = true
        settled = false
      } else if (next) changes.push([at, next])
    }
    while (done[situation.first]) situation.first++
    if (settled) return changes
  }
}

/** Those that began before any other that is not done had ended. */
function mayComeNext({ done, first }: Situation, operations: readonly Operation[]): readonly number[] {
  const open: number[] = []
  let firstEnd = Number.POSITIVE_INFINITY
  for (let at = first; at < operations.length; at++) {
    const { from, to } = operations[at] as Operation
    if (from > firstEnd) break
    if (done[at]) continue
    open.push(at)
    firstEnd = Math.min(firstEnd, to)
  }
  return open.filter((at) => (operations[at] as Operation).from <= firstEnd)
}
