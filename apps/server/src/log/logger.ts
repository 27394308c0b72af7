// Structured log lines on standard error: one JSON object per line, or text on a terminal. Redaction is by
// construction, see log-fields.ts. The folder log/ must not know requests or the domain.
import type { LogLevel } from '../config/config.ts'
import { type EventAt, type FieldOf, type LogEventName, messageOf } from './log-events.ts'
import { admitFields, escapeUnsafe, fieldsAsJson, type LogFields } from './log-fields.ts'

type Write<L extends LogLevel> = <E extends EventAt<L>>(event: E, fields?: Pick<LogFields, FieldOf<E>>) => void

/** `event` is one of log-events.ts, never input. */
export interface Logger {
  readonly trace: Write<'trace'>
  readonly debug: Write<'debug'>
  readonly info: Write<'info'>
  readonly warn: Write<'warn'>
  readonly error: Write<'error'>
  /** Whether lines of this level are written. Check it before work that only a log line needs. */
  enabled(level: LogLevel): boolean
}

/** The destination of lines: a stream that reports how much it still has to write. */
export interface LogSink {
  readonly isTTY?: boolean | undefined
  readonly writableLength: number
  write(text: string): boolean
}

export interface LoggerOptions {
  readonly level: LogLevel
  readonly sink: LogSink
  /** Milliseconds since the epoch. Default: the wall clock. */
  readonly wall?: () => number
  /** Bytes that may be buffered for a slow reader. Beyond it, lines are dropped and counted (N-209). Default: 1 MiB. */
  readonly bufferBytes?: number
}

const levels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'silent']
const longestLine = 8192

export function createLogger(options: LoggerOptions): Logger {
  const { level, sink, wall = Date.now, bufferBytes = 1024 * 1024 } = options
  const least = levels.indexOf(level)
  const write = sink.isTTY ? wordsOf : jsonOf
  let dropped = 0

  const line = (name: LogLevel, event: LogEventName, fields: LogFields): void => {
    if (sink.writableLength > bufferBytes) {
      dropped++
      return
    }
    if (dropped > 0) {
      const lost = dropped
      dropped = 0
      line('warn', 'log_lines_dropped', { count: lost })
    }
    sink.write(`${write(wall(), name, event, fields)}\n`)
  }
  const writer = <L extends LogLevel>(name: L): Write<L> =>
    levels.indexOf(name) < least ? () => {} : (event, fields) => line(name, event, fields ?? {})
  return {
    trace: writer('trace'),
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    enabled: (name) => levels.indexOf(name) >= least,
  }
}

/** The texts that each line begins with, by level and event. */
const heads = new Map<string, string>()

const headOf = (level: LogLevel, event: LogEventName): string => {
  const key = `${level} ${event}`
  const known = heads.get(key)
  if (known !== undefined) return known
  const head = `","level":${JSON.stringify(level)},"event":${JSON.stringify(event)}`
  heads.set(key, head)
  return head
}

function jsonOf(time: number, level: LogLevel, event: LogEventName, fields: LogFields): string {
  const head = `{"time":"${timeText(time)}${headOf(level, event)}`
  const whole = head + fieldsAsJson(fields) + messageMember(level, event)
  return whole.length < longestLine ? `${whole}}` : `${head},"cut":${whole.length + 1}}`
}

const messageMember = (level: LogLevel, event: LogEventName): string => {
  const message = messageOf(level, event)
  return message === undefined ? '' : `,"message":${escapeUnsafe(JSON.stringify(message))}`
}

let second = Number.NaN
let secondText = ''

/** As `Date.toISOString`, which costs as much as the rest of a line. */
function timeText(time: number): string {
  const milliseconds = Math.trunc(time) % 1000
  if (Math.trunc(time) - milliseconds !== second) {
    second = Math.trunc(time) - milliseconds
    secondText = new Date(second).toISOString().slice(0, -4)
  }
  return `${secondText}${String(milliseconds).padStart(3, '0')}Z`
}

function wordsOf(time: number, level: LogLevel, event: LogEventName, fields: LogFields): string {
  const { error, ...others } = admitFields(fields)
  const words = Object.entries(others).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  const message = messageOf(level, event)
  if (message !== undefined) words.push(`(${message})`)
  const head = `${new Date(time).toISOString().slice(11, 23)} ${level.padEnd(5)} ${event}`
  const tail = error === undefined ? '' : `\n  ${JSON.stringify(error, null, 2).replaceAll('\n', '\n  ')}`
  return escapeUnsafe(`${[head, ...words].join(' ')}${tail}`.slice(0, longestLine))
}
