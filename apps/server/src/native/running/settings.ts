import type { EffectiveSetting } from '../../config/effective-settings.ts'
import type { SettingsHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'

/** The settings in effect, for the owner. They do not change while the server runs. */
export function settingHandlers(settings: readonly EffectiveSetting[]): SettingsHandlers<Context> {
  const body = {
    settings: settings.map(({ named: { flag, variable, dialect, setting }, value, source, fallback }) => ({
      name: flag,
      variable,
      value: value ?? null,
      source,
      default: fallback,
      unit: setting.unit ?? null,
      dialect: dialect ?? null,
      description: setting.reason,
    })),
  }
  return { listSettings: () => ({ status: 200, body }) }
}
