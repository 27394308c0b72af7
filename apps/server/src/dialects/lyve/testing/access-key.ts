import { createAccessKey } from '@countersign/core'
import type { RecordedServer } from '../../../../test/recorded-server.ts'

const local = { address: undefined, requestId: undefined }
let made = 0

/** The access key of a new account, in the form of the login's body. */
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
