import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ContractViolation, Recorder } from './recorder.ts'

type Respond = (response: ServerResponse) => void

let server: Server
let recorder: Recorder
let respond: Respond

beforeAll(async () => {
  server = createServer((_request, response) => respond(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  recorder = new Recorder((server.address() as AddressInfo).port)
})

afterAll(() => {
  recorder.close()
  server.close()
})

const headers = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  pragma: 'no-cache',
  'x-request-id': 'a1',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}
const healthy = JSON.stringify({ status: 'ok' })

const answer = (status: number, body: string, others: Record<string, string> = {}, without?: string): Respond => {
  const sent = Object.fromEntries(Object.entries({ ...headers, ...others }).filter(([name]) => name !== without))
  return (response) => response.writeHead(status, sent).end(body)
}

it('lets a documented answer pass, and remembers it', async () => {
  respond = answer(200, healthy)
  await expect(recorder.ask('GET', '/healthz')).resolves.toMatchObject({ status: 200, body: { status: 'ok' } })
  expect([...recorder.exercised]).toEqual(['checkLiveness 200'])
})

it.each<[string, Respond]>([
  ['an undocumented status', answer(202, healthy)],
  ['a member that no schema names', answer(200, JSON.stringify({ status: 'ok', secret: 's' }))],
  ['a missing member', answer(200, '{}')],
  ['another media type', answer(200, healthy, { 'content-type': 'text/html' })],
  ['an answer that may be stored', answer(200, healthy, {}, 'cache-control')],
  ['an answer that may be sniffed', answer(200, healthy, {}, 'x-content-type-options')],
  ['no request id', answer(200, healthy, {}, 'x-request-id')],
  ['the name of its software', answer(200, healthy, { 'x-powered-by': 'Express' })],
  ['leave for other origins', answer(200, healthy, { 'access-control-allow-origin': '*' })],
  ['a cookie that is not documented', answer(200, healthy, { 'set-cookie': 'a=b' })],
  ['a server error', answer(500, '')],
])('finds %s', async (_what, wrong) => {
  respond = wrong
  await expect(recorder.ask('GET', '/healthz')).rejects.toThrow(ContractViolation)
})

it('finds an error that shows the inside of the server, and one without its header', async () => {
  const problem = { type: 'urn:countersign:error:token_invalid', title: 'x', status: 401, code: 'token_invalid' }
  const body = (detail: string) => JSON.stringify({ ...problem, detail })
  const type = { 'content-type': 'application/problem+json' }
  const challenge = { ...type, 'www-authenticate': 'Bearer' }
  respond = answer(401, body('no'), challenge)
  await expect(recorder.ask('GET', '/v1/me')).resolves.toMatchObject({ status: 401 })
  respond = answer(401, body('at check (pipeline.ts:12:3)'), challenge)
  await expect(recorder.ask('GET', '/v1/me')).rejects.toThrow('inside')
  respond = answer(401, body('no'), type)
  await expect(recorder.ask('GET', '/v1/me')).rejects.toThrow('WWW-Authenticate is missing')
})

it('finds a refusal of an unknown path that is in no documented shape', async () => {
  respond = answer(404, '{"oops":1}')
  await expect(recorder.ask('GET', '/nowhere')).rejects.toThrow(ContractViolation)
  respond = answer(404, JSON.stringify({ error: 'invalid_request' }))
  await expect(recorder.ask('GET', '/oauth2/nowhere')).resolves.toMatchObject({ status: 404 })
})
