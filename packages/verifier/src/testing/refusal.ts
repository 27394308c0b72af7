import { VerificationError } from '../model/errors.ts'

/** The code of the refusal, or `accepted`. Any other error is one of the test. */
export async function outcomeOf(verification: Promise<unknown>): Promise<string> {
  try {
    await verification
    return 'accepted'
  } catch (error) {
    if (error instanceof VerificationError) return error.code
    throw error
  }
}
