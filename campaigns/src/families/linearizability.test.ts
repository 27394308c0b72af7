import { describe, expect, it } from 'vitest'
import { Seeded } from '../campaign/seeded.ts'
import { after, type Deed, firstState, logOut, type Operation } from './history.ts'
import { isLinearizable } from './linearizability.ts'

const refresh = (token: number, got?: number, key?: string): Deed =>
  ({ kind: 'refresh', token, key, ...(got === undefined ? {} : { got }) }) as Deed
const look = (accepted: boolean): Deed => ({ kind: 'look', accepted })
const revoke: Deed = { kind: 'revoke' }

/** One after the other. */
const inTurn = (...deeds: readonly Deed[]): readonly Operation[] =>
  deeds.map((deed, at) => ({ ...deed, from: 2 * at, to: 2 * at + 1 }))
/** All at once, from the first to the last moment. */
const atOnce = (...deeds: readonly Deed[]): readonly Operation[] => deeds.map((deed) => ({ ...deed, from: 0, to: 1 }))

describe('in turn', () => {
  it.each<readonly [string, readonly Deed[]]>([
    ['nothing', []],
    ['a chain', [refresh(0, 1), refresh(1, 2, 'k'), look(true), refresh(2, 3)]],
    ['a retry', [refresh(0, 1, 'k'), refresh(0, 1, 'k'), look(true), refresh(1, 2)]],
    ['a replay', [refresh(0, 1), refresh(0), look(false), refresh(1), ...logOut(false)]],
    ['another key', [refresh(0, 1, 'k'), refresh(0, undefined, 'l'), look(false)]],
    ['a retry too late', [refresh(0, 1, 'k'), refresh(1, 2), refresh(0, undefined, 'k'), refresh(2)]],
    ['a revocation', [refresh(0, 1), revoke, revoke, look(false), refresh(1)]],
    ['a log-out', [...logOut(true), ...logOut(false), look(false)]],
  ])('%s is as it shall be', (_name, deeds) => {
    expect(isLinearizable(inTurn(...deeds))).toBe(true)
  })

  it.each<readonly [string, readonly Deed[]]>([
    ['two heirs of one token', [refresh(0, 1), refresh(0, 2)]],
    ['two heirs of one token by two keys', [refresh(0, 1, 'k'), refresh(0, 2, 'l')]],
    ['another heir for a retry', [refresh(0, 1, 'k'), refresh(0, 2, 'k')]],
    ['a retry that is refused', [refresh(0, 1, 'k'), refresh(0, undefined, 'k'), refresh(1, 2)]],
    ['a refusal without a cause', [refresh(0), look(true)]],
    ['life after a replay', [refresh(0, 1), refresh(0), look(true)]],
    ['life after a revocation', [revoke, look(true)]],
    ['a refresh after a revocation', [revoke, refresh(0, 1)]],
    ['a log-out after a log-out', [...logOut(true), ...logOut(true)]],
    ['a log-out that does nothing', [...logOut(true), look(true)]],
    ['an old token as a new one', [refresh(0, 1), refresh(1, 0)]],
    ['death without a cause', [look(false)]],
    ['a token from nowhere', [refresh(7)]],
  ])('%s is found', (_name, deeds) => {
    expect(isLinearizable(inTurn(...deeds))).toBe(false)
  })
})

describe('at once', () => {
  it.each<readonly [string, readonly Deed[]]>([
    ['one of many refreshes', [refresh(0), refresh(0), refresh(0, 1), refresh(0), look(false), look(true)]],
    ['one refresh, and its retries', [refresh(0, 1, 'k'), refresh(0, 1, 'k'), refresh(0, 1, 'k')]],
    ['a refresh and a revocation', [refresh(0, 1), revoke, refresh(1)]],
    ['two log-outs', [...logOut(true), ...logOut(true), refresh(0, 1)]],
    ['a chain whose answers came late', [refresh(1, 2), refresh(0, 1), refresh(2, 3)]],
  ])('%s may be', (_name, deeds) => {
    expect(isLinearizable(atOnce(...deeds))).toBe(true)
  })

  it.each<readonly [string, readonly Deed[]]>([
    ['two heirs', [refresh(0, 1), refresh(0, 2), refresh(0)]],
    ['two heirs, though somebody logs out', [refresh(0, 1), ...logOut(true), refresh(0, 2)]],
    ['an heir of an heir that nobody made', [refresh(0, 1), refresh(2, 3)]],
  ])('%s may not be', (_name, deeds) => {
    expect(isLinearizable(atOnce(...deeds))).toBe(false)
  })

  it('nothing may come before what had ended when it began', () => {
    const operations = (lookedFrom: number): readonly Operation[] => [
      { ...revoke, from: 0, to: 10 },
      { ...look(true), from: lookedFrom, to: 20 },
    ]
    expect(isLinearizable(operations(10))).toBe(true)
    expect(isLinearizable(operations(10.1))).toBe(false)
  })
})

describe('a history of 400 operations, up to 20 at once', () => {
  /** Made by a server that does one thing at a time, at a moment between question and answer. */
  function history(seed: number): Operation[] {
    const random = new Seeded(seed)
    const operations: Operation[] = []
    let state = firstState
    let made = 0
    for (let at = 0; at < 400; at++) {
      const token = random.pick(state.chain.slice(-1 - random.below(2))) as number
      const key = random.below(4) > 0 ? `of ${token}` : undefined
      const answers: readonly Deed[] = [
        ...[look(true), look(false)],
        ...[refresh(token, made + 1, key), refresh(token, state.chain.at(-1), key)],
        ...(at < 200 ? [] : [refresh(token, undefined, key), revoke]),
      ]
      const given = answers.filter((deed) => after(state, deed))
      const deed = random.pick(given) as Deed
      state = after(state, deed) as typeof state
      if (deed.kind === 'refresh' && deed.got === made + 1) made++
      operations.push({ ...deed, from: at - random.below(10), to: at + 1 + random.below(10) })
    }
    return operations
  }

  it('is judged soon, as it is and with one answer altered', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const operations = history(seed)
      expect(isLinearizable(operations)).toBe(true)
      const last = operations.findLastIndex(({ kind }) => kind === 'look')
      const { accepted } = operations[last] as Operation & { kind: 'look' }
      const altered = operations.with(last, { ...look(!accepted), from: 1000, to: 1001 })
      expect(isLinearizable(altered)).toBe(false)
    }
  })
})
