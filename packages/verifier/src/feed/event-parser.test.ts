import { describe, expect, it } from 'vitest'
import { EventParser, MalformedStream } from './event-parser.ts'

const stream =
  '\uFEFF: comment\nid: 1\nevent: a\ndata: {"x":1}\n\nevent: b\r\ndata:y\r\ndata:  z\r\n\r\ndata\rretry: 5\r\rdata: last\n\nevent: c\n\ndata: half'
const events = [
  { event: 'a', data: '{"x":1}' },
  { event: 'b', data: 'y\n z' },
  { event: 'message', data: '' },
  { event: 'message', data: 'last' },
]

describe('a stream of events (HTML §9.2.6)', () => {
  it('is parsed with every kind of line end, without the event that is not complete', () => {
    expect(new EventParser().push(stream)).toEqual(events)
  })

  it('is the same in parts of any length', () => {
    for (let length = 1; length < 20; length += 1) {
      const parser = new EventParser()
      const parts = stream.match(new RegExp(`.{1,${length}}`, 'gs')) ?? []
      expect(parts.flatMap((part) => parser.push(part))).toEqual(events)
    }
  })

  it('with a line or an event that is too long is refused', () => {
    expect(() => new EventParser().push(`data: ${'x'.repeat(8193)}`)).toThrow(MalformedStream)
    expect(() => new EventParser().push(`data: ${'x'.repeat(8000)}\n`.repeat(3))).toThrow(MalformedStream)
    expect(new EventParser().push(`data: ${'x'.repeat(8000)}\n\n`.repeat(3))).toHaveLength(3)
  })
})
