/** An event of a stream (HTML §9.2.6). */
export interface StreamEvent {
  readonly event: string
  readonly data: string
}

const longestLine = 8192
const longestData = 16_384

/** The stream is not one of events, or has one that is too long. */
export class MalformedStream extends Error {
  override readonly name = 'MalformedStream'
}

/**
 * Parses `text/event-stream`, in parts of any length. Lines and events are limited, so that a stream without ends does
 * not fill the memory. An event that is not complete is never returned.
 */
export class EventParser {
  #rest = ''
  #event = ''
  #data: string[] = []
  #length = 0
  #isFirst = true

  /** @throws MalformedStream if a line or an event is too long. */
  push(text: string): StreamEvent[] {
    const events: StreamEvent[] = []
    let buffer = this.#rest + text
    if (this.#isFirst && buffer.length > 0) {
      this.#isFirst = false
      if (buffer.startsWith('\uFEFF')) buffer = buffer.slice(1)
    }
    let start = 0
    for (let at = 0; at < buffer.length; at += 1) {
      const unit = buffer[at]
      if (unit !== '\n' && unit !== '\r') continue
      // Whether a \n follows is not known yet.
      if (unit === '\r' && at === buffer.length - 1) break
      this.#line(buffer.slice(start, at), events)
      if (unit === '\r' && buffer[at + 1] === '\n') at += 1
      start = at + 1
    }
    this.#rest = buffer.slice(start)
    if (this.#rest.length > longestLine) throw new MalformedStream('a line is too long')
    return events
  }

  #line(line: string, events: StreamEvent[]): void {
    if (line.length > longestLine) throw new MalformedStream('a line is too long')
    if (line === '') {
      if (this.#data.length > 0) events.push({ event: this.#event || 'message', data: this.#data.join('\n') })
      this.#event = ''
      this.#data = []
      this.#length = 0
      return
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#event = value
    if (field !== 'data') return
    this.#length += value.length
    if (this.#length > longestData) throw new MalformedStream('an event is too long')
    this.#data.push(value)
  }
}
