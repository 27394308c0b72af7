// The binding to Express. Express routes nothing and parses nothing here: it is given one handler that passes each
// message on to the same exchange as `node.ts`, so that an existing Express program can mount the whole server.
import type { RequestListener } from 'node:http'
import express, { type RequestHandler } from 'express'
import type { Handle } from '../message.ts'
import { type BindingOptions, exchange } from './node.ts'

/** Binds the pipeline as an Express handler. No body parser may be mounted before it. */
export function expressBinding(handle: Handle, options: BindingOptions): RequestHandler {
  return (request, response) => {
    response.removeHeader('X-Powered-By')
    // `url` loses the prefix that Express mounted us under; the contract's paths are whole.
    void exchange(handle, options, request, response, request.originalUrl)
  }
}

/** An Express application that is nothing but the pipeline. */
export function expressApp(handle: Handle, options: BindingOptions): RequestListener {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.use(expressBinding(handle, options))
  // What it cannot parse (`http://[`) Express gives to a last handler, which would write a page. Its type has no third.
  const route = app as unknown as (...all: [...Parameters<RequestListener>, () => void]) => void
  return (request, response) =>
    route(request, response, () => void exchange(handle, options, request, response, request.url ?? ''))
}
