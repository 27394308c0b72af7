/** One step of a story: it is done to the real issuer and to the oracle, and everything is compared afterwards. */
import type fc from 'fast-check'
import type { Model, ModelSession } from './model.ts'
import type { Real } from './real.ts'
import { verify, verifyTrail } from './verify.ts'

/** A step: does it, compares its outcome, and then everything that was ever handed out. */
export class Step implements fc.AsyncCommand<Model, Real> {
  readonly #name: string
  readonly #run: (model: Model, real: Real) => Promise<void>

  constructor(name: string, run: (model: Model, real: Real) => Promise<void>) {
    this.#name = name
    this.#run = run
  }

  check(): boolean {
    return true
  }

  async run(model: Model, real: Real): Promise<void> {
    real.observer.clear()
    await this.#run(model, real)
    verifyTrail(real)
    await verify(model, real)
  }

  toString(): string {
    return this.#name
  }
}

export const pick = <T>(all: readonly T[], at: number): T | undefined => all[at % all.length]
/** Mostly a living session: what is dead is tried after every step anyway. */
export const pickSession = (model: Model, at: number): ModelSession | undefined => {
  const living = model.sessions.filter((session) => model.lives(session))
  return at % 8 === 0 || living.length === 0 ? pick(model.sessions, at) : pick(living, at)
}
