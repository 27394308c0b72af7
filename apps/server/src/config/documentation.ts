import type { NamedSetting } from './schema.ts'

/** write-documentation.ts writes the table of docs/configuration.md between these lines; a test compares it. */
export const generatedMarks = ['<!-- settings: begin -->', '<!-- settings: end -->'] as const

/** The table of all settings as Markdown. */
export function settingsTable(schema: readonly NamedSetting[]): string {
  const rows = schema.map(({ flag, variable, setting }) => {
    const { placeholder, words } = setting.type
    const usage = placeholder === undefined ? `\`--${flag}\`` : `\`--${flag} ${cell(placeholder)}\``
    const value = setting.unit === undefined ? words : `${words}, ${setting.unit}`
    return `| ${usage}<br>\`${variable}\` | ${cell(value)} | ${cell(defaultOf(setting, '`'))} | ${cell(setting.reason)} |`
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
      `      ${setting.reason.replaceAll('`', '')} Default: ${defaultOf(setting, '').replaceAll('`', '')}${unit}.`,
    ]
  })
  return lines.join('\n')
}

/** Replaces the table between the marks. @throws Error if the page has no marks. */
export function withSettingsTable(page: string, schema: readonly NamedSetting[]): string {
  const [begin, end] = generatedMarks
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error('docs/configuration.md has no marks for the table')
  return `${page.slice(0, from)}${begin}\n\n${settingsTable(schema)}\n\n${page.slice(to)}`
}

function defaultOf({ fallback, fallbackWords }: NamedSetting['setting'], quote: string): string {
  if (fallbackWords !== undefined) return fallbackWords
  if (typeof fallback === 'boolean') return fallback ? 'on' : 'off'
  return `${quote}${String(fallback)}${quote}`
}

const cell = (words: string): string => words.replaceAll('|', '\\|')
