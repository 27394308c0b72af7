import { live } from './life.mjs'

// biome-ignore lint/style/noDefaultExport: what a Worker is.
export default {
  async fetch(_request, { given }) {
    try {
      return Response.json(await live(JSON.parse(given)))
    } catch (error) {
      return new Response(String(error?.stack ?? error), { status: 500 })
    }
  },
}
