// Whether there may be a session: without it the page asks nothing before the sign-in. It tells nothing of the session, and
// the server knows nothing of it.
const key = 'countersign.signed-in'

export function mayBeSignedIn(): boolean {
  try {
    return localStorage.getItem(key) !== null
  } catch {
    // No storage: the server is asked.
    return true
  }
}

export function noteSignedIn(isSignedIn: boolean): void {
  try {
    if (isSignedIn) localStorage.setItem(key, 'yes')
    else localStorage.removeItem(key)
  } catch {
    // No storage: the server is asked each time.
  }
}
