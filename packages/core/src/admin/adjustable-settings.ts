import type { Domain } from '../domain/domain.ts'
import { conditionOn, written } from '../domain/proof.ts'
import { auditEvent } from '../model/audit-event.ts'
import type { Caller } from '../model/caller.ts'

/** Settings that the owner changes while the server runs: whole numbers by name, read at each use. */
export class AdjustableSettings {
  readonly #deps: Pick<Domain, 'store' | 'clock'>

  constructor(deps: Pick<Domain, 'store' | 'clock'>) {
    this.#deps = deps
  }

  /** @param fallback Counts until the setting is changed. */
  async get(name: string, fallback: number): Promise<number> {
    return (await this.#deps.store.settings.get(name)) ?? fallback
  }

  /**
   * One commit. The handler has checked that the value is a possible one.
   *
   * @throws AuthError `token_invalid` if the caller's Authorization has ended.
   */
  async change({ name, value }: { readonly name: string; readonly value: number }, by: Caller): Promise<void> {
    const event = auditEvent({ action: 'setting_changed', detail: { name, value } }, by, this.#deps)
    written(await this.#deps.store.settings.put(name, value, event, conditionOn(undefined, by, this.#deps)))
  }
}
