// A process that replaces the stored record repeatedly and reports each success, until it is killed.
import { fileStore } from '../node/file-store.ts'

const [, , path = '', name = ''] = process.argv
const store = fileStore(path)
for (let turn = 0; ; turn += 1) {
  const spent = await store.read()
  if (!spent) throw new Error('The store is empty')
  const retryKey = `key-${name}-${turn}`
  if (await store.replace(spent, { ...spent, retryKey })) process.send?.({ from: spent.retryKey, to: retryKey })
}
