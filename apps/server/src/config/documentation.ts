import { withTable } from './generated-table.ts'
import type { NamedSetting } from './schema.ts'

/** write-documentation.ts writes the table of docs/configuration.md between these lines; a test compares it. */
export const generatedMarks = ['<!-- settings: begin -->', '<!-- settings: end -->'] as const

/** The table of all settings as Markdown. */
function settingsTable(schema: readonly NamedSetting[]): string {
  const rows = schema.map(({ flag, variable, setting }) => {
    const { placeholder, words } = setting.type
    const usage = placeholder === undefined ? `\`--${flag}\`` : `\`--${flag} ${cell(placeholder)}\``
    const value = setting.unit === undefined ? words : `${words}, ${setting.unit}`
    return `| ${usage}<br>\`${variable}\` | ${cell(value)} | ${cell(defaultOf(setting, '`'))} | ${cell(reasonOf(setting))} |`
  })
  return ['| flag, variable | value | default | reason |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

/** The same for the help text: two lines per setting. */
export function settingsHelp(schema: readonly NamedSetting[]): string {
  const lines = schema.flatMap(({ flag, setting }) => {
    const { placeholder } = setting.type
    const unit = setting.unit === undefined || setting.unit === placeholder?.toLowerCase() ? '' : `, in ${setting.unit}`
    return [
      `  --${flag}${placeholder === undefined ? '' : ` ${placeholder}`}`,
      `      ${reasonOf(setting).replaceAll('`', '')} Default: ${defaultOf(setting, '').replaceAll('`', '')}${unit}.`,
    ]
  })
  return lines.join('\n')
}

/** The page with the table of these settings. @throws Error if the page has no marks. */
export const withSettingsTable = (page: string, schema: readonly NamedSetting[]): string =>
  withTable(page, 'docs/configuration.md', 'settings', settingsTable(schema))

export function defaultOf({ fallback, fallbackWords }: NamedSetting['setting'], quote: string): string {
  if (fallbackWords !== undefined) return fallbackWords
  if (typeof fallback === 'boolean') return fallback ? 'on' : 'off'
  return `${quote}${String(fallback)}${quote}`
}

function reasonOf({ reason, deprecated }: NamedSetting['setting']): string {
  if (!deprecated) return reason
  const which =
    deprecated.values === undefined ? '' : `: ${deprecated.values.map((value) => `\`${value}\``).join(', ')}`
  const instead =
    deprecated.instead === undefined ? '' : `${which === '' ? ':' : ';'} use \`${deprecated.instead}\` instead`
  return `${reason} Deprecated${which}${instead}.`
}

const cell = (words: string): string => words.replaceAll('|', '\\|')
