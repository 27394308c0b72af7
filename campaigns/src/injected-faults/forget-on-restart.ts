// A restart forgets the revocations of single tokens.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const data = process.argv[process.argv.indexOf('--data') + 1]
if (data === undefined) throw new Error('no --data')
const path = join(data, 'countersign.db')
if (existsSync(path)) {
  const db = new DatabaseSync(path)
  db.exec('delete from revoked_tokens')
  db.close()
}
