import type { TokenAnswer } from '../transport/authorization-server.ts'
import { ProblemError } from '../transport/errors.ts'
import { problemOf } from '../transport/problem.ts'

/**
 * The error of a refused login of a dialect. The vendors' numbers and words differ; the code does not.
 *
 * @param isWrong Whether the vendor says that the credentials are wrong.
 */
export function refusedLogin(answer: TokenAnswer, secrets: readonly string[], isWrong: boolean): Error {
  const problem = problemOf(answer, answer.body, secrets)
  return isWrong && problem instanceof ProblemError ? new ProblemError('credentials_invalid', problem) : problem
}
