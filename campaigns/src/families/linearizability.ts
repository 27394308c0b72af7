import { after, firstState, type Operation, type State } from './history.ts'

/**
 * Whether a sequential server would have given these answers in some order, in which no call precedes another that had ended
 * when it began (Herlihy and Wing). A call that changes nothing is placed as soon as it fits, since no later place is better.
 * So only changes are tried in several places, and each situation is tried once.
 */
export function isLinearizable(operations: readonly Operation[]): boolean {
  const inOrder = operations.toSorted((a, b) => a.from - b.from)
  const seen = new Set<string>()
  const situations: Situation[] = [{ state: firstState, done: inOrder.map(() => false), first: 0 }]
  for (let situation = situations.pop(); situation; situation = situations.pop()) {
    const { state, done } = situation
    const changes = placeReads(situation, inOrder)
    if (situation.first === inOrder.length) return true
    const name = `${situation.first}:${tail(situation)}:${state.chain.join()}:${state.key}:${state.revoked}`
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
  /** All operations before it are done. */
  first: number
}

/** The operations that are done after the first that is not. */
const tail = ({ done, first }: Situation): string =>
  done.flatMap((isDone, at) => (isDone && at > first ? [at] : [])).join()

/** Places the possible next calls that change nothing. @returns The possible next calls that change the state, with the new state. */
function placeReads(situation: Situation, operations: readonly Operation[]): (readonly [at: number, next: State])[] {
  const { state, done } = situation
  for (;;) {
    const changes: (readonly [number, State])[] = []
    let isComplete = true
    for (const at of mayComeNext(situation, operations)) {
      const next = after(state, operations[at] as Operation)
      if (next === state) {
        done[at] = true
        isComplete = false
      } else if (next) changes.push([at, next])
    }
    while (done[situation.first]) situation.first++
    if (isComplete) return changes
  }
}

/** The operations that began before any other open one had ended. */
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
