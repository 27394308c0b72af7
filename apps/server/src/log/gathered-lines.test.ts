import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { gatherLines } from './gathered-lines.ts'

function gathering(isTTY = false) {
  const written: string[] = []
  const process = new EventEmitter()
  const sink = { isTTY, writableLength: 7, write: (text: string) => written.push(text) > 0 }
  return { written, process, lines: gatherLines(sink, process) }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

describe('gathered log lines', () => {
  it('are written together, in order, before anything else is received', async () => {
    const { written, lines } = gathering()
    setImmediate(() => written.push('the next event'))
    lines.write('a\n')
    await Promise.resolve()
    lines.write('b\n')
    expect(written).toEqual([])
    await nextTurn()
    expect(written).toEqual(['a\nb\n', 'the next event'])
    lines.write('c\n')
    await nextTurn()
    expect(written).toEqual(['a\nb\n', 'the next event', 'c\n'])
  })

  it('are written at the end of the process if the turn does not end before', () => {
    const { written, process, lines } = gathering()
    lines.write('a\n')
    process.emit('exit', 1)
    process.emit('exit', 1)
    expect(written).toEqual(['a\n'])
  })

  it('are written at once when they are many, and count as not yet written', () => {
    const { written, lines } = gathering()
    const line = `${'x'.repeat(1023)}\n`
    for (let count = 0; count < 63; count++) lines.write(line)
    expect(written).toEqual([])
    expect(lines.writableLength).toBe(7 + 63 * 1024)
    lines.write(line)
    expect(written).toEqual([line.repeat(64)])
    expect(lines.writableLength).toBe(7)
  })

  it('are written now if something must not be seen before them', async () => {
    const { written, lines } = gathering()
    lines.write('a\n')
    lines.flush()
    expect(written).toEqual(['a\n'])
    await nextTurn()
    expect(written).toEqual(['a\n'])
  })

  it('are for the terminal that the sink is', () => {
    expect(gathering(true).lines.isTTY).toBe(true)
    expect(gathering().lines.isTTY).toBe(false)
  })
})
