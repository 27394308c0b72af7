// The binding to Express. Express routes and parses nothing: its only handler passes each message to the same exchange
// as `node.ts`, so that an existing Express application can mount the server.
import type { RequestListener } from 'node:http'
import express, { type RequestHandler } from 'express'
import type { Handle } from '../message.ts'
import { type BindingOptions, exchange } from './node.ts'

/** Binds the pipeline as an Express handler. No body parser may be mounted before it. */
export function expressBinding(handle: Handle, options: BindingOptions): RequestHandler {
  return (request, response) => {
    response.removeHeader('X-Powered-By')
    // Express removes its mount prefix from `url`; the contract's paths are complete.
    void exchange(handle, options, request, response, request.originalUrl)
  }
}

/** An Express application that contains only the pipeline. */
export function expressApp(handle: Handle, options: BindingOptions): RequestListener {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.use(expressBinding(handle, options))
  // Express passes URLs that it cannot parse (`http://[`) to a final handler, which would write a page. Its type omits
  // the third parameter.
  const route = app as unknown as (...all: [...Parameters<RequestListener>, () => void]) => void
  return (request, response) =>
    route(request, response, () => void exchange(handle, options, request, response, request.url ?? ''))
}
