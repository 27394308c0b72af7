// One call of a session on disk: `one-call.ts SERVER FOLDER USERNAME PASSWORD`. Tells in one line of JSON what came of it.
import { createClient, isClientError, passwordSession, unwrap } from '@countersign/client'
import { FileStoreError, fileStore } from '@countersign/client/node'

const [, , baseUrl = '', folder = '', username = '', password = ''] = process.argv
const auth = passwordSession({ username, password, store: fileStore(folder), relogin: false })

async function outcome(): Promise<object> {
  try {
    return { username: (await unwrap(createClient({ baseUrl, auth }).GET('/v1/me'))).username }
  } catch (error) {
    if (error instanceof FileStoreError) return { code: error.code, reason: error.reason }
    if (isClientError(error)) return { code: error.code }
    throw error
  }
}

process.stdout.write(`${JSON.stringify(await outcome())}\n`)
