import { copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ServerRun } from '../../testing/process/server-run.ts'

/** A server that has acknowledged a login. */
async function startServer() {
  const server = await ServerRun.start({ flags: ['--log-level', 'error'] })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const logIn = () =>
    fetch(`${server.url}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'owner', password: server.ownerPassword }),
    })
  expect((await logIn()).status).toBe(201)
  return { server, logIn }
}

const ways = {
  'is removed': (path: string) => rmSync(path),
  'is removed with its log': (path: string) => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix)
  },
  'is replaced by an empty one': (path: string) => {
    rmSync(path)
    writeFileSync(path, '', { mode: 0o600 })
  },
  'is replaced by an older one': (path: string) => {
    copyFileSync(path, `${path}.old`)
    renameSync(`${path}.old`, path)
  },
  'loses its log': (path: string) => rmSync(`${path}-wal`),
}

describe('N-228 a database that is removed while a server has it open', () => {
  it.each(Object.entries(ways))(
    'takes no acknowledged write with it, and ends the server: it %s',
    async (_what, take) => {
      const { server, logIn } = await startServer()
      take(server.database)
      // The server looks after its files by itself, too: it may have ended before it was asked, or while.
      const answer = await logIn().catch((error: TypeError) => error)
      expect(answer instanceof Response ? answer.status : answer.message).toBeOneOf([503, 'fetch failed'])
      const { status, err } = await server.program.transcript
      expect(status).toBe(1)
      expect(err).toContain('replaced while it was open')
    },
  )

  it('stops a server that receives no requests', async () => {
    const { server } = await startServer()
    rmSync(server.database)
    expect((await server.program.transcript).status).toBe(1)
  })
})
