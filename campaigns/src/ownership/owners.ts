import { DatabaseSync } from 'node:sqlite'
import { complaintsOf } from '../campaign/soundness.ts'

/** Who owns, read at the database itself beside the running server: any program may read it at any time. */
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

  /** How many transfers the trail knows of, and who was the heir of the last. */
  trail(): { readonly transfers: number; readonly lastHeir: string | undefined } {
    const rows = this.#db
      .prepare("select subject_id from audit where action = 'ownership_transferred' order by sequence")
      .all()
    const last = rows.at(-1)
    return { transfers: rows.length, lastHeir: last && String(last.subject_id) }
  }

  complaints(): readonly string[] {
    return complaintsOf(this.#db)
  }
}
