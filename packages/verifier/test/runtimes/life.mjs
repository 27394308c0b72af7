// What a verifier does, in any runtime: nothing but the packed package and what the web has.
import { createVerifier } from '@countersign/verifier'
import { guard } from '@countersign/verifier/fetch'

export async function live({ issuer, resource, secret, tokens, feed }) {
  const client = { id: 'orders', secret }
  const verifier = createVerifier({ issuer, resource, client, whenSilent: 'closed', feed })
  const handler = guard(verifier, { scope: 'orders:read' }, (_request, { subject }) => new Response(subject))
  const told = {}
  for (const [name, token] of Object.entries({ ...tokens, none: undefined })) {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
    const response = await handler(new Request(`${resource}/orders`, { headers }))
    const text = await response.text()
    told[name] = response.status === 200 ? text : `${response.status} ${JSON.parse(text).code}`
  }
  const { isSilent, revocations } = verifier.status()
  verifier.close()
  return { ...told, isSilent, revocations }
}
