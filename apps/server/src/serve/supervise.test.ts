import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../log/logger.ts'
import { keepMemoryOutOfDumps, supervise } from './supervise.ts'

function supervised(stop: () => Promise<void> = async () => {}, lost?: Promise<void>, reload?: () => Promise<void>) {
  const process = new EventEmitter()
  const lines: string[] = []
  const forced: number[] = []
  const logger = createLogger({ level: 'info', sink: { writableLength: 0, write: (line) => lines.push(line) > 0 } })
  let stops = 0
  const ended = supervise({
    stop: () => {
      stops++
      return stop()
    },
    force: (status) => forced.push(status),
    logger,
    process,
    ...(lost ? { lost } : {}),
    ...(reload ? { reload } : {}),
  })
  return { process, lines, forced, ended, stops: () => stops }
}

describe('the end of the process', () => {
  it.each(['SIGTERM', 'SIGINT'])('comes gracefully with %s, and the status is 0', async (signal) => {
    const { process, ended, forced, stops, lines } = supervised()
    process.emit(signal, signal)
    expect(await ended).toBe(0)
    expect(stops()).toBe(1)
    expect(forced).toEqual([])
    expect(lines[0]).toContain(`"event":"stopping","signal":"${signal}"`)
    expect(process.eventNames()).toEqual([])
  })

  it('comes at once with a second signal', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { process, ended, forced, stops } = supervised(() => promise)
    process.emit('SIGTERM', 'SIGTERM')
    process.emit('SIGINT', 'SIGINT')
    expect(forced).toEqual([1])
    expect(stops()).toBe(1)
    resolve()
    expect(await ended).toBe(0)
  })

  it('comes with status 1 when the database is lost, once, and a signal after it forces', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const stopping = Promise.withResolvers<void>()
    const { process, ended, forced, stops, lines } = supervised(() => stopping.promise, promise)
    resolve()
    await promise
    expect(stops()).toBe(1)
    expect(lines[0]).toContain('replaced while it was open')
    process.emit('SIGTERM', 'SIGTERM')
    expect(forced).toEqual([1])
    stopping.resolve()
    expect(await ended).toBe(1)
    expect(stops()).toBe(1)
  })

  it('is not hastened by a loss while it is under way', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const stopping = Promise.withResolvers<void>()
    const { process, ended, forced } = supervised(() => stopping.promise, promise)
    process.emit('SIGTERM', 'SIGTERM')
    resolve()
    await promise
    expect(forced).toEqual([])
    stopping.resolve()
    expect(await ended).toBe(0)
  })

  it('does not come with SIGHUP, which reloads, while it serves and while it stops', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let reloads = 0
    const reload = async () => {
      reloads++
    }
    const { process, ended, forced, stops, lines } = supervised(() => promise, undefined, reload)
    process.emit('SIGHUP', 'SIGHUP')
    expect({ reloads, stops: stops(), forced }).toEqual({ reloads: 1, stops: 0, forced: [] })
    expect(lines[0]).toContain('"event":"reloading","signal":"SIGHUP"')
    process.emit('SIGTERM', 'SIGTERM')
    process.emit('SIGHUP', 'SIGHUP')
    expect(forced).toEqual([])
    resolve()
    expect(await ended).toBe(0)
  })

  it('does not come with SIGHUP where nothing can be reloaded', () => {
    const { process, stops } = supervised()
    process.emit('SIGHUP', 'SIGHUP')
    expect(stops()).toBe(0)
  })

  it('has status 1 when stopping fails', async () => {
    const { process, ended, lines } = supervised(() => Promise.reject(new Error('hunter2')))
    process.emit('SIGTERM', 'SIGTERM')
    expect(await ended).toBe(1)
    expect(lines.join('')).toContain('stop_failed')
    expect(lines.join('')).not.toContain('hunter2')
  })

  it('N-261 does not come with an unhandled rejection', () => {
    const { process, stops, lines } = supervised()
    process.emit('unhandledRejection', new Error('hunter2'))
    expect(stops()).toBe(0)
    expect(lines[0]).toContain('"event":"unhandled_rejection"')
    expect(lines[0]).not.toContain('hunter2')
  })

  it('comes gracefully, with status 1, after an uncaught exception', async () => {
    const { process, ended, stops, lines } = supervised()
    process.emit('uncaughtException', new TypeError('hunter2'))
    expect(await ended).toBe(1)
    expect(stops()).toBe(1)
    expect(lines[0]).toContain('"event":"uncaught_exception"')
    expect(lines[0]).not.toContain('hunter2')
  })
})

describe('core dumps', () => {
  it.skipIf(process.platform !== 'linux')('N-206 hold nothing of this process', () => {
    keepMemoryOutOfDumps(createLogger({ level: 'silent', sink: { writableLength: 0, write: () => true } }))
    expect(Number.parseInt(readFileSync('/proc/self/coredump_filter', 'utf8'), 16)).toBe(0)
  })
})
