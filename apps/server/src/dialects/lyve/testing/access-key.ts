import { createAccessKey } from '@countersign/core'
import type { RecordedServer } from '../../../../test/recorded-server.ts'

const local = { address: undefined, requestId: undefined }
let made = 0

/** A new account's access key, as the login takes it. */
export async function newAccessKey(server: RecordedServer) {
  const request = { account: `lyve account ${++made}` }
  const { client, credential, secret } = await createAccessKey(
    server.server.authority.domain,
    request,
    undefined,
    local,
  )
  return { accountId: client.id, accessKey: credential.id, secret: secret.reveal() }
}
