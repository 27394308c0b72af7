import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ServerRun } from '../testing/process/server-run.ts'

/** `proc_pid_stat(5)`: the 19th field; the name, which is the second, may have spaces. */
const threadsOf = (pid: number) =>
  readdirSync(`/proc/${pid}/task`).map((thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
    const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'))
    return { name, nice: Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[16]) }
  })

describe.runIf(process.platform === 'linux')('the threads that hash passwords', () => {
  it('leave the processor to the one that answers requests', async () => {
    const server = await ServerRun.start()
    onTestFinished(async () => {
      await server.stop()
      await server[Symbol.asyncDispose]()
    })
    const threads = threadsOf(server.program.pid)
    const main = threads.find(({ name }) => name === 'MainThread')
    const pool = threads.filter(({ name }) => name === 'libuv-worker')
    expect(pool).toHaveLength(4)
    expect(pool.map(({ nice }) => nice - (main?.nice ?? Number.NaN))).toEqual([5, 5, 5, 5])
  })
})
