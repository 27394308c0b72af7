/* Opens a store, says which schema it found or made, and closes it. Argument: path or URL. */
import { openAt } from '../open-at.ts'

const [place = ''] = process.argv.slice(2)
const store = await openAt(place)
const { schemaVersion } = await store.check()
await store.close()
process.stdout.write(String(schemaVersion))
