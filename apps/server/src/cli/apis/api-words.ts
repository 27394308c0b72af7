import type { Api } from '@countersign/core'

/** One API with everything that is known of it, for a terminal. */
export function apiWords(api: Api): string {
  const seconds = api.accessLifetimeSeconds
  const lines: readonly (readonly [string, string])[] = [
    ['id', api.id],
    ['identifier', api.identifier],
    ['name', api.name],
    ['token form', api.tokenForm ?? "the client's"],
    ['token typ', api.tokenType],
    ['access lifetime', seconds === undefined ? 'that of the session or client' : `${seconds} seconds`],
    ['allowed origins', api.allowedOrigins.join(' ') || 'none'],
    ['first party', api.firstParty ? 'yes' : 'no: registered clients only'],
    ['scopes', api.scopes.length === 0 ? 'none' : ''],
  ]
  const scopes = table(api.scopes.map(({ name, leastRole, description }) => [name, leastRole, description]))
  return `${table(lines.map(([name, value]) => [`${name}:`, value]))}${scopes.replaceAll(/^(?=.)/gm, '  ')}`
}

/** A table of all APIs with a head. */
export const apiTable = (apis: readonly Api[]): string =>
  table([
    ['ID', 'IDENTIFIER', 'NAME', 'SCOPES'],
    ...apis.map(({ id, identifier, name, scopes }) => [
      id,
      identifier,
      name,
      scopes.map((scope) => scope.name).join(' ') || '-',
    ]),
  ])

/** Columns as wide as their longest value. */
function table(rows: readonly (readonly string[])[]): string {
  const [first = []] = rows
  const widths = first.map((_cell, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
