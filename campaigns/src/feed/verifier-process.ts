// A verifier in a process of its own, as in an API's program.
import { createVerifier, VerificationError } from '@countersign/verifier'
import type { Question, Reply } from './messages.ts'

const verifier = createVerifier(JSON.parse(process.argv[2] ?? '{}'))

async function outcomeOf(token: string): Promise<string> {
  try {
    await verifier.verify(token)
    return 'accepted'
  } catch (error) {
    if (error instanceof VerificationError) return error.code
    throw error
  }
}

process.on('message', ({ number, token }: Question) => {
  const answer = (reply: Omit<Reply, 'number'>) => process.send?.({ number, ...reply })
  if (token !== undefined) void outcomeOf(token).then((outcome) => answer({ outcome }))
  else {
    const { fault: _, ...status } = verifier.status()
    answer({ outcome: 'status', status })
  }
})
process.on('disconnect', () => process.exit(0))
await verifier.ready()
