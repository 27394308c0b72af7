// The README's table of errors, row by row: what a call does, and what `unwrap` does.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { webStore } from '../src/browser/index.ts'
import { type Auth, createClient, passwordSession, staticToken, type TokenSource, unwrap } from '../src/index.ts'
import { fileStore } from '../src/node/index.ts'
import { type Reaction, startHttpServer } from '../src/testing/http-server.ts'
import { problem } from '../src/testing/session-rules.ts'

interface Case {
  readonly reaction: Reaction
  readonly auth: Auth | TokenSource
}

const token = staticToken('abc')
const password = { username: 'ada', password: 'correct horse' }
const page: Reaction = { raw: (response) => response.writeHead(502).end('<html>') }

/** By the beginning of what the row says. */
const cases: Readonly<Record<string, () => Case | Promise<Case>>> = {
  'the server refused the call': () => ({ reaction: problem(404, 'not_found'), auth: token }),
  'the server refused the login': () => ({
    reaction: problem(401, 'credentials_invalid'),
    auth: passwordSession(password),
  }),
  'the user must log in again': () => ({ reaction: problem(401, 'token_invalid'), auth: passwordSession({}) }),
  'no complete response': () => ({ reaction: { cut: 'midway' }, auth: token }),
  'the response is not one of the contract': () => ({
    reaction: { raw: (response) => response.end('{') },
    auth: token,
  }),
  'the call was refused with another body': () => ({ reaction: page, auth: token }),
  'the session cannot be kept in its folder': async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-errors-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'file'), 'x')
    const store = fileStore(join(folder, 'file'))
    return { reaction: problem(404, 'not_found'), auth: passwordSession({ ...password, store }) }
  },
  // This runtime has no IndexedDB.
  'the session cannot be kept in the browser': () => ({
    reaction: problem(404, 'not_found'),
    auth: passwordSession({ ...password, store: webStore() }),
  }),
}

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const [, table = ''] = /^\| error .+\n\|[- |]+\n((?:\|.+\n)+)/m.exec(readme) ?? []
const rows = table
  .trimEnd()
  .split('\n')
  .map((row) =>
    row
      .split('|')
      .slice(1, 5)
      .map((cell) => cell.trim()),
  )

it('each row of the README has a case, and each case a row', () => {
  const found = rows.map(([, when = '']) => Object.keys(cases).find((beginning) => when.startsWith(beginning)))
  expect(found.toSorted()).toEqual(Object.keys(cases).toSorted())
})

it.each(rows)('%s, %s: the call %s, unwrap %s', async (name = '', when = '', call, unwrapped) => {
  const [, make] = Object.entries(cases).find(([beginning]) => when.startsWith(beginning)) ?? []
  if (!make) throw new Error(`There is no case for "${when}"`)
  const { reaction, auth } = await make()
  const server = await startHttpServer(() => reaction)
  const ask = () => createClient({ baseUrl: server.url, auth }).GET('/v1/me')
  const [plain] = await Promise.allSettled([ask()])
  expect(plain?.status).toBe({ resolves: 'fulfilled', rejects: 'rejected' }[call as string])
  if (plain?.status === 'fulfilled') expect(plain.value.error).toBeDefined()
  const thrown = await unwrap(ask()).catch((error) => error)
  expect([unwrapped, `\`${thrown.name}\``]).toEqual(['throws', name])
})
