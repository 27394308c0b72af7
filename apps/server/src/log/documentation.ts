// The tables of docs/logs.md, from the closed lists of fields and events.
import { withTable } from '../config/generated-table.ts'
import { logEvents } from './log-events.ts'
import { logFields } from './log-fields.ts'

const cell = (words: string): string => words.replaceAll('|', '\\|')

function fieldsTable(): string {
  const rows = Object.entries(logFields).map(
    ([name, { type, meaning, example }]) =>
      `| \`${name}\` | ${type} | ${cell(meaning)} | \`${cell(JSON.stringify(example))}\` |`,
  )
  return ['| field | type, unit | meaning, and when it is present | example |', '|---|---|---|---|', ...rows].join('\n')
}

function eventsTable(): string {
  const rows = Object.entries(logEvents).map(([name, { levels, fields, meaning, advice }]) => {
    const own = name === 'request' ? 'see [requests](#requests)' : fields.map((field) => `\`${field}\``).join(', ')
    return `| \`${name}\` | ${levels.join(', ')} | ${own} | ${cell(meaning)} | ${cell(advice)} |`
  })
  return ['| event | level | fields | meaning | what to do |', '|---|---|---|---|---|', ...rows].join('\n')
}

/** The page with its tables. @throws Error if the page has no marks for them. */
export function withLogTables(page: string): string {
  const document = 'docs/logs.md'
  return withTable(withTable(page, document, 'fields', fieldsTable()), document, 'events', eventsTable())
}
