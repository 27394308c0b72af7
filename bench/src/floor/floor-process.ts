// The floor: `node:http` and the least possible work, in a process of its own. `node floor-process.ts FOLDER PORT`. Its rows are
// in the folder, or in the database that FLOOR_DATABASE_URL names.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { SqliteRows } from './sqlite-rows.ts'
import { floorWork } from './work.ts'

const [folder, port] = process.argv.slice(2)
if (folder === undefined || port === undefined) throw new Error('usage: floor-process.ts FOLDER PORT')

const url = process.env.FLOOR_DATABASE_URL
// The driver is loaded by those alone who use it.
const rows = url
  ? await (await import('./postgres-rows.ts')).openPostgresRows(url)
  : new SqliteRows(join(folder, 'floor.db'))
const work = floorWork(rows)

const server = createServer((request, response) => {
  if (request.url === '/readyz') return answer(response, 200, { status: 'ready' })
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => void serve(request, response, Buffer.concat(chunks).toString()))
})

async function serve(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
  const operation = work.get(request.url ?? '')
  if (!operation) return answer(response, 404, {})
  try {
    answer(response, 200, await operation(body))
  } catch (error) {
    answer(response, 400, { error: String(error) })
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  response.end(text)
}

server.listen(Number(port), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(async () => {
    await rows.close()
    process.exit(0)
  })
  server.closeAllConnections()
})
