// Changes what a verifier reads of the event stream of its feed, below it: in `fetch`.

/** The data of an event, which may be changed. */
export type EventData = Record<string, unknown>

/**
 * @param reader Called with the URL of each request when it is sent; what it returns is called for each complete event.
 */
export function changeEvents(reader: (url: URL) => (event: string, data: EventData) => void): void {
  const { fetch } = globalThis
  globalThis.fetch = async (input, init) => {
    const change = reader(new URL(String(input)))
    const response = await fetch(input, init)
    if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) return response
    let rest = ''
    const changed = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(
      new TransformStream<string, string>({
        transform(text, controller) {
          const events = (rest + text).split('\n\n')
          rest = events.pop() ?? ''
          for (const event of events) controller.enqueue(`${changedEvent(event, change)}\n\n`)
        },
      }),
    )
    return new Response(changed.pipeThrough(new TextEncoderStream()), { headers: response.headers })
  }
}

function changedEvent(event: string, change: (event: string, data: EventData) => void): string {
  const [, name = ''] = /^event: ?(.*)$/m.exec(event) ?? []
  return event.replace(/^data: ?(.*)$/m, (_line, text: string) => {
    const data = JSON.parse(text)
    change(name, data)
    return `data: ${JSON.stringify(data)}`
  })
}
