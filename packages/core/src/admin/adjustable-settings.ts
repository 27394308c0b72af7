import { auditEvent } from '../audit-event.ts'
import type { Domain } from '../domain.ts'
import type { Administrator } from './people-changes.ts'

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

  /** One commit. The caller has checked that the value is a possible one. */
  async change(name: string, value: number, { actor, circumstances }: Administrator): Promise<void> {
    const event = auditEvent({ action: 'setting_changed', actor, detail: { name, value } }, circumstances, this.#deps)
    await this.#deps.store.settings.put(name, value, event)
  }
}
