import { DatabaseSync } from 'node:sqlite'
import { integrityErrors } from '../campaign/soundness.ts'

/** Reads the owner in the database beside the running server. */
export class Owners {
  readonly #db: DatabaseSync

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }

  /** Their ids. */
  list(): readonly string[] {
    const rows = this.#db.prepare("select id from users where role = 'owner'").all()
    return rows.map(({ id }) => String(id))
  }

  /** The number of transfers in the audit trail, and the new owner of the last one. */
  trail(): { readonly transfers: number; readonly lastOwner: string | undefined } {
    const rows = this.#db
      .prepare("select subject_id from audit where action = 'ownership_transferred' order by sequence")
      .all()
    const last = rows.at(-1)
    return { transfers: rows.length, lastOwner: last && String(last.subject_id) }
  }

  integrityErrors(): readonly string[] {
    return integrityErrors(this.#db)
  }
}
