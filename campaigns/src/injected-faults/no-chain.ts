// A verifier that takes each event for the one that follows on what it knows.
import { changeEvents } from './event-stream.ts'

changeEvents((url) => {
  let position = Number(url.searchParams.get('after'))
  return (event, data) => {
    if (event === 'revocation') {
      data.after = position
      if (Number(data.sequence) > position) position = Number(data.sequence)
    }
    if (event === 'heartbeat') {
      data.after = position
      if (Number(data.next) > position) position = Number(data.next)
    }
  }
})
