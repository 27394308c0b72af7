/* Holds the lock of a process that has the database open, says so, and keeps it until it is ended. Argument: path. */
import { lockShared } from '../../engine/sqlite/folder-lock.ts'

const [path = ''] = process.argv.slice(2)
await lockShared(path)
process.stdout.write('locked\n')
setInterval(() => {}, 60_000)
