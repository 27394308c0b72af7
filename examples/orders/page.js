// The page: a session that all tabs share, in IndexedDB; no token is in a URL or in localStorage.
import { createTokens, isClientError, passwordSession } from '@countersign/client'
import { webStore } from '@countersign/client/web'

const { issuer, resource, api } = await (await fetch('/settings.json')).json()
const part = (id) => document.getElementById(id)
const shown = (id, isShown) => {
  part(id).hidden = !isShown
}
let given
const tokens = createTokens({
  issuer,
  resource,
  origins: [api],
  store: webStore(),
  auth: passwordSession({ credentials: async () => given ?? Promise.reject(new Error('Log in.')) }),
})

async function show() {
  shown('fault', false)
  try {
    const response = await tokens.fetch(`${api}/orders`)
    if (!response.ok) throw new Error(`The API responded with ${response.status}.`)
    part('list').replaceChildren(
      ...(await response.json()).map(({ article }) =>
        Object.assign(document.createElement('li'), { textContent: article }),
      ),
    )
    shown('login', false)
    shown('shop', true)
  } catch (error) {
    shown('shop', false)
    shown('login', true)
    const isFirst = !given
    given = undefined
    if (isFirst) return
    part('fault').textContent = isClientError(error) ? `Not logged in: ${error.code}` : error.message
    shown('fault', true)
  }
}

const fieldsOf = (form) => Object.fromEntries(new FormData(form))
part('login').addEventListener('submit', async (event) => {
  event.preventDefault()
  given = fieldsOf(event.target)
  await show()
})
part('order').addEventListener('submit', async (event) => {
  event.preventDefault()
  const body = JSON.stringify(fieldsOf(event.target))
  const headers = { 'Content-Type': 'application/json' }
  const { ok, status } = await tokens.fetch(`${api}/orders`, { method: 'POST', body, headers })
  if (ok) event.target.reset()
  await show()
  if (ok) return
  part('fault').textContent = `The API responded with ${status}.`
  shown('fault', true)
})
part('leave').addEventListener('click', async () => {
  await tokens.signOut()
  given = undefined
  await show()
})
await show()
