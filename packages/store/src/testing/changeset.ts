/*
 * Reads SQLite's changesets as far as to tell which rows they touch. The format is that of the session extension:
 * https://sqlite.org/src/file/ext/session/sqlite3session.c
 */

const update = 23
/** How many bytes follow the byte that says a value's type; a text or a blob says it itself. */
const sizes: Readonly<Record<number, number>> = { 0: 0, 1: 8, 2: 8, 5: 0 }

/** Each row as its table and its primary key. */
export const rowsOf = (changeset: Uint8Array): ReadonlySet<string> => {
  const bytes = Buffer.from(changeset.buffer, changeset.byteOffset, changeset.byteLength)
  const rows = new Set<string>()
  let at = 0
  const byte = (): number => bytes[at++] ?? 0
  const varint = (): number => {
    for (let value = 0; ; ) {
      const next = byte()
      value = value * 128 + (next & 0x7f)
      if (next < 0x80) return value
    }
  }
  /** As hexadecimal digits: only whether two are the same matters. */
  const value = (): string => {
    const from = at
    const size = sizes[byte()] ?? varint()
    at += size
    return bytes.toString('hex', from, at)
  }
  let table = ''
  let keys: readonly boolean[] = []
  const record = (): readonly string[] => keys.map(value).filter((_, column) => keys[column])
  while (at < bytes.length) {
    if (bytes[at] === 'T'.charCodeAt(0)) {
      at++
      keys = Array.from({ length: varint() }, byte).map((flag) => flag !== 0)
      const end = bytes.indexOf(0, at)
      table = bytes.toString('latin1', at, end)
      at = end + 1
    } else {
      const kind = byte()
      at++
      rows.add([table, ...record()].join())
      if (kind === update) record()
    }
  }
  return rows
}
