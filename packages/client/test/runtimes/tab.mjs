// One of several tabs that share a session. It has a clock that the test sets, and no timeouts: only faults end a call.
import { createClient, isClientError, passwordSession } from '@countersign/client'
import { webStore } from '@countersign/client/web'

let now = 0

const clock = {
  epochSeconds: () => 1_800_000_000 + now,
  elapsedSeconds: () => now,
  /** A pause ends at once; a time limit is never reached. */
  wait: (_seconds, signal) =>
    signal ? new Promise((resolve) => signal.addEventListener('abort', resolve)) : Promise.resolve(),
}

export const store = webStore()
let client

/** @param password Of the tab that begins the session. The others have none, so that no login goes unseen. */
export function begin(password) {
  const shown = password === undefined ? {} : { username: 'owner', password }
  client = createClient({ baseUrl: '/', auth: passwordSession({ ...shown, store, relogin: false }), clock })
}

let prompts = 0
let answerPrompt
const answered = new Promise((resolve) => {
  answerPrompt = resolve
})

/** A tab that asks the user at each login: for a code if there is a password, otherwise for all of it. */
export function beginAsking(username, password) {
  const prompt = () => {
    prompts += 1
    return answered
  }
  const asking = password === undefined ? { credentials: prompt } : { username, password, totp: prompt }
  client = createClient({ baseUrl: '/', auth: passwordSession({ ...asking, store, relogin: false }), clock })
}

/** How often the user was asked. */
export const prompted = () => prompts

/** What the user gives, now and whenever asked again. */
export const answer = (given) => answerPrompt(given)

/** Calls at a time, twice at once. @returns What came of each call. */
export async function callAt(seconds) {
  now = seconds
  const call = async () => {
    try {
      const { data, response } = await client.GET('/v1/sessions/current')
      return data ? { served: data.id } : { refused: response.status }
    } catch (error) {
      if (!isClientError(error)) return { failed: `${error}` }
      return error.code === 'transport_failed' ? { lost: error.reason } : { failed: error.message }
    }
  }
  return Promise.all([call(), call()])
}

/** What scripts of the origin find elsewhere: must be nothing. */
export const elsewhere = () => ({
  local: { ...localStorage },
  session: { ...sessionStorage },
  cookies: document.cookie,
})

/** @returns What the work resolves to, or the code and reason of its error. */
export async function told(work) {
  try {
    return await work()
  } catch (error) {
    return { code: error.code, reason: error.reason, message: error.message }
  }
}
