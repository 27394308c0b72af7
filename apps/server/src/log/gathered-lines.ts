// Log lines of one turn of the event loop are written together: a write costs as much as a short request.
import type { EventEmitter } from 'node:events'
import type { LogSink } from './logger.ts'

/** With so many characters, they are written at once. */
const most = 64 * 1024

export interface GatheredLines extends LogSink {
  /** Writes what was gathered now, before something that must not be seen earlier. */
  flush(): void
}

/**
 * A sink that writes the lines of a turn together, before anything else is received. What is left is written at the end of
 * the process, also after an uncaught exception. A signal is handled in a turn of its own. A process that is killed loses
 * at most the lines of one turn.
 *
 * @param process Emits `exit`.
 */
export function gatherLines(sink: LogSink, process: Pick<EventEmitter, 'on'>, later = afterThisTurn): GatheredLines {
  let gathered = ''
  const flush = (): void => {
    const text = gathered
    gathered = ''
    if (text !== '') sink.write(text)
  }
  process.on('exit', flush)
  return {
    flush,
    isTTY: sink.isTTY,
    get writableLength() {
      return sink.writableLength + gathered.length
    },
    write(text) {
      if (gathered === '') later(flush)
      gathered += text
      if (gathered.length >= most) flush()
      return true
    },
  }
}

/** When the promises of this turn are settled. */
const afterThisTurn = (flush: () => void): void => process.nextTick(flush)
