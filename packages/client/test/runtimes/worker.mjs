import { live } from './life.mjs'

// biome-ignore lint/style/noDefaultExport: a Worker is what its module exports by default.
export default {
  fetch: async (_request, { baseUrl, password }) => Response.json(await live(baseUrl, password)),
}
