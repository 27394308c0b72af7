// A verifier that takes a heartbeat for as fresh as its receipt, however late it arrives.
import { changeEvents } from './event-stream.ts'

changeEvents(() => {
  const sentAt = performance.now()
  return (event, data) => {
    if (event === 'heartbeat') data.elapsed_ms = performance.now() - sentAt
  }
})
