/** Of the requests that this turn of the event loop has received so far. */
let together: Promise<void> | undefined

/**
 * Resolves when everything that had arrived was received, for all requests of this turn at once. So they read the state of the
 * database once, write the log once, and most have their whole body. What is read after this is newer than each of the requests.
 */
export function endOfArrivals(): Promise<void> {
  together ??= new Promise((resolve) => {
    setImmediate(() => {
      together = undefined
      resolve()
    })
  })
  return together
}
