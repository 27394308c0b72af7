import { describe, expect, it } from 'vitest'
import { Seeded } from '../campaign/seeded.ts'
import { after, type Call, firstState, logOut, type Operation } from './history.ts'
import { isLinearizable } from './linearizability.ts'

const refresh = (token: number, got?: number, key?: string): Call =>
  ({ kind: 'refresh', token, key, ...(got === undefined ? {} : { got }) }) as Call
const access = (accepted: boolean): Call => ({ kind: 'access', accepted })
const revoke: Call = { kind: 'revoke' }

/** One call after the other. */
const inTurn = (...calls: readonly Call[]): readonly Operation[] =>
  calls.map((call, at) => ({ ...call, from: 2 * at, to: 2 * at + 1 }))
/** All calls at the same time. */
const atOnce = (...calls: readonly Call[]): readonly Operation[] => calls.map((call) => ({ ...call, from: 0, to: 1 }))

describe('in turn', () => {
  it.each<readonly [string, readonly Call[]]>([
    ['nothing', []],
    ['a chain', [refresh(0, 1), refresh(1, 2, 'k'), access(true), refresh(2, 3)]],
    ['a retry', [refresh(0, 1, 'k'), refresh(0, 1, 'k'), access(true), refresh(1, 2)]],
    ['a replay', [refresh(0, 1), refresh(0), access(false), refresh(1), ...logOut(false)]],
    ['another key', [refresh(0, 1, 'k'), refresh(0, undefined, 'l'), access(false)]],
    ['a retry too late', [refresh(0, 1, 'k'), refresh(1, 2), refresh(0, undefined, 'k'), refresh(2)]],
    ['a revocation', [refresh(0, 1), revoke, revoke, access(false), refresh(1)]],
    ['a log-out', [...logOut(true), ...logOut(false), access(false)]],
  ])('%s is linearizable', (_name, calls) => {
    expect(isLinearizable(inTurn(...calls))).toBe(true)
  })

  it.each<readonly [string, readonly Call[]]>([
    ['two successors of one token', [refresh(0, 1), refresh(0, 2)]],
    ['two successors of one token by two keys', [refresh(0, 1, 'k'), refresh(0, 2, 'l')]],
    ['another successor for a retry', [refresh(0, 1, 'k'), refresh(0, 2, 'k')]],
    ['a retry that is refused', [refresh(0, 1, 'k'), refresh(0, undefined, 'k'), refresh(1, 2)]],
    ['a refusal without a cause', [refresh(0), access(true)]],
    ['a use after a replay', [refresh(0, 1), refresh(0), access(true)]],
    ['a use after a revocation', [revoke, access(true)]],
    ['a refresh after a revocation', [revoke, refresh(0, 1)]],
    ['a log-out after a log-out', [...logOut(true), ...logOut(true)]],
    ['a log-out that does nothing', [...logOut(true), access(true)]],
    ['an old token as a new one', [refresh(0, 1), refresh(1, 0)]],
    ['a refused access token without a cause', [access(false)]],
    ['an unknown token', [refresh(7)]],
  ])('%s is not linearizable', (_name, calls) => {
    expect(isLinearizable(inTurn(...calls))).toBe(false)
  })
})

describe('at once', () => {
  it.each<readonly [string, readonly Call[]]>([
    ['one of many refreshes', [refresh(0), refresh(0), refresh(0, 1), refresh(0), access(false), access(true)]],
    ['one refresh, and its retries', [refresh(0, 1, 'k'), refresh(0, 1, 'k'), refresh(0, 1, 'k')]],
    ['a refresh and a revocation', [refresh(0, 1), revoke, refresh(1)]],
    ['two log-outs', [...logOut(true), ...logOut(true), refresh(0, 1)]],
    ['a chain whose answers came late', [refresh(1, 2), refresh(0, 1), refresh(2, 3)]],
  ])('%s is linearizable', (_name, calls) => {
    expect(isLinearizable(atOnce(...calls))).toBe(true)
  })

  it.each<readonly [string, readonly Call[]]>([
    ['two successors', [refresh(0, 1), refresh(0, 2), refresh(0)]],
    ['two successors, with a log-out between', [refresh(0, 1), ...logOut(true), refresh(0, 2)]],
    ['a successor of a token that was never issued', [refresh(0, 1), refresh(2, 3)]],
  ])('%s is not linearizable', (_name, calls) => {
    expect(isLinearizable(atOnce(...calls))).toBe(false)
  })

  it('no call precedes another that had ended when it began', () => {
    const operations = (accessedFrom: number): readonly Operation[] => [
      { ...revoke, from: 0, to: 10 },
      { ...access(true), from: accessedFrom, to: 20 },
    ]
    expect(isLinearizable(operations(10))).toBe(true)
    expect(isLinearizable(operations(10.1))).toBe(false)
  })
})

describe('a history of 400 operations, up to 20 at once', () => {
  /** The history of a sequential server, which handles each call at a moment between request and answer. */
  function history(seed: number): Operation[] {
    const random = new Seeded(seed)
    const operations: Operation[] = []
    let state = firstState
    let made = 0
    for (let at = 0; at < 400; at++) {
      const token = random.pick(state.chain.slice(-1 - random.below(2))) as number
      const key = random.below(4) > 0 ? `of ${token}` : undefined
      const answers: readonly Call[] = [
        ...[access(true), access(false)],
        ...[refresh(token, made + 1, key), refresh(token, state.chain.at(-1), key)],
        ...(at < 200 ? [] : [refresh(token, undefined, key), revoke]),
      ]
      const given = answers.filter((call) => after(state, call))
      const call = random.pick(given) as Call
      state = after(state, call) as typeof state
      if (call.kind === 'refresh' && call.got === made + 1) made++
      operations.push({ ...call, from: at - random.below(10), to: at + 1 + random.below(10) })
    }
    return operations
  }

  it('is judged quickly, as it is and with one answer changed', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const operations = history(seed)
      expect(isLinearizable(operations)).toBe(true)
      const last = operations.findLastIndex(({ kind }) => kind === 'access')
      const { accepted } = operations[last] as Operation & { kind: 'access' }
      const altered = operations.with(last, { ...access(!accepted), from: 1000, to: 1001 })
      expect(isLinearizable(altered)).toBe(false)
    }
  })
})
