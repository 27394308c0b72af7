import type { CampaignDatabase, DatabaseReader } from '../campaign/database.ts'

/** Reads the owner in the database beside the running server. */
export class Owners implements AsyncDisposable {
  readonly #reader: DatabaseReader

  constructor(database: CampaignDatabase, server: Parameters<CampaignDatabase['connect']>[0]) {
    this.#reader = database.connect(server)
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#reader[Symbol.asyncDispose]()
  }

  /** Waits until nothing is left of a server that was killed. */
  quiet(): Promise<void> {
    return this.#reader.quiet()
  }

  /** Their ids. */
  async list(): Promise<readonly string[]> {
    const rows = await this.#reader.rows("select id from users where role = 'owner'")
    return rows.map(({ id }) => String(id))
  }

  /** The number of transfers in the audit trail, and the new owner of the last one. */
  async trail(): Promise<{ readonly transfers: number; readonly lastOwner: string | undefined }> {
    const rows = await this.#reader.rows(
      "select subject_id from audit where action = 'ownership_transferred' order by sequence",
    )
    const last = rows.at(-1)
    return { transfers: rows.length, lastOwner: last && String(last.subject_id) }
  }

  faults(): Promise<readonly string[]> {
    return this.#reader.faults()
  }
}
