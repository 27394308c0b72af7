import { PlainToken } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import type { LogLevel } from '../config/config.ts'
import { type LogFields, logFields } from './log-fields.ts'
import { createLogger, type LogSink } from './logger.ts'

class Sink implements LogSink {
  readonly lines: string[] = []
  writableLength = 0
  readonly isTTY: boolean
  constructor(isTTY = false) {
    this.isTTY = isTTY
  }
  write(text: string): boolean {
    this.lines.push(text)
    return true
  }
}

const moment = 1_800_000_000_000
const logging = (level: LogLevel = 'info', isTTY = false) => {
  const sink = new Sink(isTTY)
  return { sink, logger: createLogger({ level, sink, wall: () => moment }) }
}
const lineOf = (fields: LogFields): Record<string, unknown> => {
  const { sink, logger } = logging()
  logger.info('request', fields)
  return JSON.parse(sink.lines[0] ?? '') as Record<string, unknown>
}

describe('the log', () => {
  it('is one JSON object a line', () => {
    const { sink, logger } = logging()
    const id = '006b02612939d7ee853b94'
    logger.info('request', {
      request_id: 'abc-1',
      method: 'GET',
      route: '/v1/me',
      status: 200,
      duration_ms: 1.5,
      subject_id: id,
    })
    expect(sink.lines).toEqual([
      `{"time":"2027-01-15T08:00:00.000Z","level":"info","event":"request","request_id":"abc-1","method":"GET","route":"/v1/me","status":200,"duration_ms":1.5,"subject_id":"${id}"}\n`,
    ])
  })

  it('leaves out what is undefined, and every field that is not on the list', () => {
    const fields = { status: 200, code: undefined, password: 'hunter2' } as LogFields
    expect(Object.keys(lineOf(fields))).toEqual(['time', 'level', 'event', 'status'])
  })

  it('replaces what has not the shape of its field: a secret in the wrong variable stays in', () => {
    const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'
    const fields: LogFields = {
      request_id: jwt,
      method: 'hunter2',
      route: '/v1/me?access_token=hunter2',
      code: 'Hunter 2',
      authorization_id: jwt,
      client_id: 'cs_key_hunter2',
      subject_id: 'alice',
      address: 'hunter2',
      signal: 'hunter2',
      task: 'hunter 2',
      status: new PlainToken('hunter2') as unknown as number,
    }
    const line = JSON.stringify(lineOf(fields))
    expect(line).not.toContain('hunter2')
    expect(line).not.toContain('eyJ')
    expect(line.match(/\[refused\]/g)).toHaveLength(Object.keys(fields).length)
  })

  it('judges the whole of a field: what has its shape and more has not', () => {
    const id = '0'.repeat(22)
    const good = {
      request_id: 'abc-1',
      method: 'GET',
      route: '/v1/me',
      code: 'throttled',
      authorization_id: id,
      client_id: id,
      subject_id: id,
      address: '192.0.2.1',
      signal: 'SIGTERM',
      task: 'reload_keys',
    } satisfies LogFields
    for (const [name, value] of Object.entries(good)) {
      expect(lineOf({ [name]: value })).toMatchObject({ [name]: value })
      for (const more of [
        `hunter2 ${value}`,
        `${value} hunter2`,
        `hunter2\n${value}`,
        `${value}\nhunter2`,
        `${value}\n`,
      ]) {
        expect(lineOf({ [name]: more }), `${name}: ${JSON.stringify(more)}`).toMatchObject({ [name]: '[refused]' })
      }
    }
  })

  it('permits no character in a field that would have to be escaped', () => {
    const texts = Object.entries(logFields).filter(([name]) => name !== 'error')
    for (const [name, { admit, example }] of texts) {
      for (let code = 0; code <= 0xffff; code++) {
        const character = String.fromCharCode(code)
        if (code >= 0x20 && code <= 0x7e && !'"\\'.includes(character)) continue
        for (const text of [character, `${example}${character}`, `${character}${example}`]) {
          if (admit(text) !== '[refused]') expect.fail(`${name} permits ${JSON.stringify(text)}`)
        }
      }
    }
    expect(texts.length).toBeGreaterThan(10)
  })

  it('writes the time of each line as ISO 8601 with milliseconds', () => {
    for (const time of [moment, moment + 7, moment + 999, moment + 1000, moment - 1, 0, 0.5]) {
      const sink = new Sink()
      createLogger({ level: 'info', sink, wall: () => time }).info('stopped')
      expect(JSON.parse(sink.lines[0] ?? '')).toMatchObject({ time: new Date(time).toISOString() })
    }
  })

  it.each(['request_id', 'route', 'address', 'client_id'] as const)(
    'stays one line whatever is put into %s',
    (field) => {
      const { sink, logger } = logging()
      logger.info('request', { [field]: `a\r\n{"level":"error"}\u001b[31m\u2028\u0085${'x'.repeat(1_000_000)}` })
      expect(sink.lines).toHaveLength(1)
      expect(sink.lines[0]?.length).toBeLessThan(1000)
      expect(sink.lines[0]?.slice(0, -1)).toMatch(/^[\x20-\x7e]*$/)
    },
  )

  it('escapes control characters and caps the line, in an error too', () => {
    const { sink, logger } = logging('info', true)
    const error = Object.assign(new Error('ENOENT \u001b[31m\u2028\u202e'), {
      errno: -2,
      syscall: 'open',
      code: 'ENOENT',
    })
    logger.error('stop_failed', { error })
    const [line = ''] = sink.lines
    expect(line).not.toContain('\u001b')
    expect(line).not.toContain('\u2028')
    expect(line).not.toContain('\u202e')
    expect(line.length).toBeLessThan(9000)
  })

  it('writes words on a terminal', () => {
    const { sink, logger } = logging('info', true)
    logger.info('stopping', { signal: 'SIGTERM' })
    logger.warn('clock_behind', { seconds: 90 })
    expect(sink.lines).toEqual([
      '08:00:00.000 info  stopping signal="SIGTERM"\n',
      '08:00:00.000 warn  clock_behind seconds=90 (The clock is behind the stored mark: see "countersign doctor".)\n',
    ])
  })

  it('writes what is important enough', () => {
    const { sink, logger } = logging('warn')
    logger.debug('core_dump_filter_unavailable')
    logger.info('stopped')
    logger.warn('clock_behind')
    logger.error('request')
    expect(sink.lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(['clock_behind', 'request'])
    expect(logger.enabled('info')).toBe(false)
    expect(logger.enabled('error')).toBe(true)
  })

  it('writes nothing at the level silent', () => {
    const { sink, logger } = logging('silent')
    logger.error('database_lost')
    expect(sink.lines).toEqual([])
  })

  it('N-209 drops lines rather than hold more than the buffer for a reader that stands still, and says how many', () => {
    const { sink, logger } = logging()
    sink.writableLength = 2 * 1024 * 1024
    for (let line = 0; line < 1000; line++) logger.info('request')
    expect(sink.lines).toEqual([])
    sink.writableLength = 0
    logger.info('stopped')
    expect(sink.lines).toHaveLength(2)
    expect(sink.lines[0]).toContain('"event":"log_lines_dropped","count":1000')
    expect(sink.lines[1]).toContain('"event":"stopped"')
  })
})
