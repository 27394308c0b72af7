import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Connection, type Endpoint } from '../../../apps/server/src/testing/process/connection.ts'
import { Program } from '../../../apps/server/src/testing/process/program.ts'
import { untilReady } from '../../../apps/server/src/testing/process/readiness.ts'
import { jsonRequest } from '../../../apps/server/src/testing/process/request.ts'

const executable = fileURLToPath(new URL('./floor-process.ts', import.meta.url))

/** Starts the floor in a folder; it may not be ready yet. */
export const launchFloor = (folder: string, { port }: Endpoint): Program =>
  Program.start({ arguments: [executable, folder, `${port}`], output: join(folder, 'floor.log') })

export async function serveFloor(folder: string, endpoint: Endpoint): Promise<Program> {
  const program = launchFloor(folder, endpoint)
  await untilReady(program, endpoint)
  return program
}

/** Asks for `count` answers of one kind, one after the other, and takes the same member from each. */
export async function collect(
  endpoint: Endpoint,
  request: string | { readonly path: string },
  member: string,
  count: number,
): Promise<readonly string[]> {
  const connection = await Connection.open(endpoint)
  const message = typeof request === 'string' ? request : jsonRequest(endpoint, request.path, {})
  const found: string[] = []
  for (let i = 0; i < count; i++) {
    const { status, body } = await connection.exchange(message)
    const value: unknown = status < 300 ? JSON.parse(body)[member] : undefined
    if (typeof value !== 'string') throw new Error(`no ${member}: ${status} ${body}`)
    found.push(value)
  }
  connection.close()
  return found
}
