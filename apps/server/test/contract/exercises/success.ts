// The answers of success of every operation, each exercised on a server whose responses are recorded.
import { type OperationId, routes } from '../../../src/generated/index.ts'
import { type RecordedServer, startRecordedServer } from '../../recorded-server.ts'
import { type Answer, operationAt } from '../recorder.ts'
import { everyExercise } from './every.ts'
import type { Ask } from './exercise.ts'

export interface Success {
  readonly operationId: OperationId
  readonly status: number
}

export const successes: readonly Success[] = Object.values(routes).flatMap(({ operationId, statuses }) =>
  statuses.filter((status) => status < 300).map((status) => ({ operationId, status })),
)

export interface ExercisedServer {
  readonly server: RecordedServer
  readonly exercises: Readonly<Record<string, Readonly<Record<number, Ask>>>>
}

export async function startExercisedServer(): Promise<ExercisedServer> {
  const server = await startRecordedServer({ cheapHashes: true })
  return { server, exercises: await everyExercise(server) }
}

/**
 * Exercises an answer.
 *
 * @param around How a request to this very operation is sent, without those that prepare it.
 * @returns The answer to the first of them: some exercises take back what they did.
 */
export async function succeed(
  { server, exercises }: ExercisedServer,
  { operationId, status }: Success,
  around: (send: () => Promise<Answer>) => Promise<Answer> = (send) => send(),
): Promise<Answer> {
  const answers: Answer[] = []
  server.around = async (method, path, send) => {
    if (operationAt(method, path)?.operationId !== operationId) return send()
    const answer = await around(send)
    answers.push(answer)
    return answer
  }
  await exercises[operationId]?.[status]?.()
  const [answer] = answers
  if (!answer) throw new Error(`${operationId} was not asked`)
  return answer
}
