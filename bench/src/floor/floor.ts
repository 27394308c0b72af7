import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Connection, type Endpoint, jsonRequest, Program, untilReady } from '@countersign/server/testing/process'

const executable = fileURLToPath(new URL('./floor-process.ts', import.meta.url))

/**
 * Starts the floor, which may not be ready yet.
 *
 * @param databaseUrl Where its rows are. Default is a file in the folder.
 */
export const launchFloor = (folder: string, { port }: Endpoint, databaseUrl?: string): Program =>
  Program.start({
    arguments: [executable, folder, `${port}`],
    log: join(folder, 'floor.log'),
    environment: databaseUrl === undefined ? {} : { FLOOR_DATABASE_URL: databaseUrl },
  })

export async function serveFloor(folder: string, endpoint: Endpoint, databaseUrl?: string): Promise<Program> {
  const program = launchFloor(folder, endpoint, databaseUrl)
  await untilReady(program, endpoint)
  return program
}

/** Sends the same request `count` times, and takes one member of each answer. */
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
