import type { Domain } from '../domain/domain.ts'
import { conditionOn, written } from '../domain/proof.ts'
import { auditEvent } from '../model/audit-event.ts'
import type { Administrator } from './users.ts'

/** Settings that the owner changes while the server runs: whole numbers by name, read at each use. */
export class AdjustableSettings {
  readonly #deps: Pick<Domain, 'store' | 'clock'>

  constructor(deps: Pick<Domain, 'store' | 'clock'>) {
    this.#deps = deps
  }

  /** @param fallback What counts until somebody changes it. */
  async get(name: string, fallback: number): Promise<number> {
    return (await this.#deps.store.settings.get(name)) ?? fallback
  }

  /**
   * One commit. The caller has checked that the value is a possible one.
   *
   * @throws AuthError `token_invalid` if the Authorization that asks has ended.
   */
  async change(name: string, value: number, { actor, circumstances, asking }: Administrator): Promise<void> {
    const event = auditEvent({ action: 'setting_changed', actor, detail: { name, value } }, circumstances, this.#deps)
    const on = conditionOn(undefined, asking, this.#deps)
    written(await this.#deps.store.settings.put(name, value, event, on))
  }
}
