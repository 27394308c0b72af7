// A restart forgets the revocations of single tokens.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { askApart, databaseUrl } from './drivers/postgres.ts'

const forget = 'delete from revoked_tokens'
const data = process.argv[process.argv.indexOf('--data') + 1]
if (data === undefined) throw new Error('no --data')
const path = join(data, 'countersign.db')
if (databaseUrl() !== undefined) {
  if (process.argv.includes('serve')) await askApart({ text: forget })
} else if (existsSync(path)) {
  const db = new DatabaseSync(path)
  db.exec(forget)
  db.close()
}
