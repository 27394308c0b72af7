/* Opens a store, says so, and keeps it open until it is ended. Argument: path. */
import { openStore } from '../../open/open.ts'

const [path = ''] = process.argv.slice(2)
await openStore({ path })
process.stdout.write('open\n')
setInterval(() => {}, 60_000)
