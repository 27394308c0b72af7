// A reader of server-sent events, for tests.
import { onTestFinished } from 'vitest'

export interface ReceivedEvent {
  readonly event: string
  readonly id: number | undefined
  readonly data: Readonly<Record<string, unknown>>
}

export class EventReader {
  readonly response: Response
  readonly #reader: ReadableStreamDefaultReader<string>
  #text = ''

  constructor(response: Response) {
    if (!response.body) throw new Error('the response has no body')
    this.response = response
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  }

  /** @throws Error if the stream has ended. */
  async next(): Promise<ReceivedEvent> {
    const event = await this.#next()
    if (!event) throw new Error('the stream has ended')
    return event
  }

  /** The next event of a name. */
  async until(name: string): Promise<ReceivedEvent> {
    for (;;) {
      const received = await this.next()
      if (received.event === name) return received
    }
  }

  /** Resolves at the end of the stream. */
  async ended(): Promise<void> {
    for (;;) if (!(await this.#next())) return
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel()
  }

  async #next(): Promise<ReceivedEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end >= 0) {
        const fields = this.#text.slice(0, end).split('\n')
        this.#text = this.#text.slice(end + 2)
        const value = (name: string) => fields.find((field) => field.startsWith(`${name}: `))?.slice(name.length + 2)
        const id = value('id')
        return {
          event: value('event') ?? '',
          id: id === undefined ? undefined : Number(id),
          data: JSON.parse(value('data') ?? 'null'),
        }
      }
      const { done, value } = await this.#reader.read()
      if (done) return undefined
      this.#text += value
    }
  }
}

/** Opens streams of a server that end with the test. */
export const openedStreams = (server: () => { readonly running: { readonly url: string } }) => ({
  async open(headers: Readonly<Record<string, string>>, after: number): Promise<EventReader> {
    const response = await fetch(`${server().running.url}/v1/revocations?after=${after}`, {
      headers: { ...headers, accept: 'text/event-stream' },
    })
    if (response.status !== 200) throw new Error(`the stream was answered ${response.status}: ${await response.text()}`)
    const reader = new EventReader(response)
    onTestFinished(() => reader.cancel())
    return reader
  },
})
