import { DatabaseSync } from 'node:sqlite'

/** Bytes of each table with its indexes, in whole pages; beside a server that writes. */
export function tableSizes(database: string): ReadonlyMap<string, number> {
  const db = new DatabaseSync(database, { readOnly: true })
  try {
    const pages = db.prepare(
      `select s.tbl_name as name, sum(d.pgsize) as bytes
       from dbstat d join sqlite_schema s on s.name = d.name group by s.tbl_name`,
    )
    return new Map(pages.all().map(({ name, bytes }) => [String(name), Number(bytes)]))
  } finally {
    db.close()
  }
}
