// The tabs of one browser share the cookie: what one does to the session, the others learn at once.

type Told = 'signed_in' | 'signed_out'

const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('countersign.console')

export const tellOtherTabs = (told: Told): void => channel?.postMessage(told)

export function onOtherTab(listener: (told: Told) => void): () => void {
  const heard = ({ data }: MessageEvent<Told>) => listener(data)
  channel?.addEventListener('message', heard)
  return () => channel?.removeEventListener('message', heard)
}
