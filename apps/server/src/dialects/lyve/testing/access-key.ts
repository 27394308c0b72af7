import { localCaller } from '@countersign/core'
import type { RecordedServer } from '../../../../test/recorded-server.ts'

let made = 0

/** The access key of a new account, in the form of the login's body. */
export async function newAccessKey(server: RecordedServer) {
  const { clients } = server.running.authority.useCases
  const { client, credential, secret } = await clients.createAccessKey(
    { account: `lyve account ${++made}` },
    localCaller,
  )
  return { accountId: client.id, accessKey: credential.id, secret: secret.reveal() }
}
