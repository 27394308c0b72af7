// Logs in with its first call. For each line of input it calls, and tells in one line what came of it.
import { createInterface } from 'node:readline'
import { createClient, isClientError, passwordSession, unwrap } from '@countersign/client'
import { fileStore } from '@countersign/client/node'

const [, , baseUrl, username, password] = process.argv
const auth = passwordSession({ username, password, store: fileStore('session'), relogin: false })
const client = createClient({ baseUrl, auth })

console.log(`Node ${process.version}`)
for await (const _line of createInterface({ input: process.stdin })) {
  try {
    const me = await unwrap(client.GET('/v1/me'))
    console.log(`${me.username} is ${me.role}`)
  } catch (error) {
    if (!isClientError(error)) throw error
    console.log(error.message)
  }
}
