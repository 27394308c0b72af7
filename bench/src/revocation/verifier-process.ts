// A verifier in a process of its own. It tells when it refuses each token that it was given.
import { createVerifier, VerificationError } from '@countersign/verifier'
import type { VerifierOrder, VerifierReply } from './messages.ts'

const reply = (message: VerifierReply): void => {
  process.send?.(message)
}
const options = JSON.parse(process.argv[2] ?? '{}')
const verifier = createVerifier({ ...options, whenSilent: 'closed' })

async function isAccepted(token: string): Promise<boolean> {
  try {
    await verifier.verify(token)
    return true
  } catch (error) {
    if (error instanceof VerificationError && error.code === 'token_revoked') return false
    throw error
  }
}

/** Verifies it again and again. Between two attempts the process reads what has arrived. */
async function watch(token: string): Promise<void> {
  if (!(await isAccepted(token))) throw new Error('a token was refused before its revocation')
  reply({ kind: 'watching' })
  while (await isAccepted(token)) await new Promise((resolve) => setImmediate(resolve))
  reply({ kind: 'refused', at: process.hrtime.bigint() })
}

process.on('message', (order: VerifierOrder) => {
  watch(order.token).catch((error: Error) => reply({ kind: 'failed', message: error.message }))
})
process.on('disconnect', () => process.exit(0))
await verifier.ready()
reply({ kind: 'ready' })
