// A verifier that does not see that a restore has replaced the feed.
import { changeEvents } from './event-stream.ts'

changeEvents(() => (event, data) => {
  if (event === 'feed') data.feed = 'the same'
})
