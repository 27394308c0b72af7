import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localCaller } from '@countersign/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from '../config/read-config.ts'
import { dialects } from '../dialects/registry.ts'
import { createLogger } from '../log/logger.ts'
import { type RunningServer, startServer } from './running-server.ts'

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'countersign-serving-'))
})
afterEach(() => rmSync(data, { recursive: true }))

const said: string[] = []
const logger = createLogger({ level: 'warn', sink: { writableLength: 0, write: (line) => said.push(line) > 0 } })

/** Serves under this issuer for a moment, and gives back what was logged. @throws what the start throws */
async function served(
  issuer: string | undefined,
  {
    meant = false,
    work,
  }: { readonly meant?: boolean; readonly work?: (server: RunningServer) => Promise<unknown> } = {},
): Promise<string> {
  said.length = 0
  const flags = (port = 0) => ({ data, port: `${port}`, ...(issuer && { issuer }) })
  const configOf = (port?: number) => readConfig({ flags: flags(port), env: {} }, dialects)
  const server = await startServer(configOf, logger, undefined, meant)
  try {
    await work?.(server)
  } finally {
    await server.stop()
  }
  return said.join('')
}

const one = 'https://one.test'
const two = 'https://two.test'
const changed = 'issuer_changed'

const logIn = async ({ url, firstOwner, authority }: RunningServer) => {
  const password = 'correct horse battery staple'
  if (!firstOwner) {
    const person = { username: 'ada', role: 'viewer', password, requiredFactors: ['password'] } as const
    await authority.useCases.users.create({ ...person, secretLater: true }, localCaller).then(({ user }) => user)
  }
  const body = firstOwner
    ? { username: firstOwner.username, password: firstOwner.password?.reveal() }
    : { username: 'ada', password }
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/v1/sessions`, { method: 'POST', headers, body: JSON.stringify(body) })
  expect(response.status).toBe(201)
}

describe('N-520 an issuer that is not the one of the last time', () => {
  it('is said where nothing ends by it, once', async () => {
    expect(await served(one)).toBe('')
    expect(await served(two)).toContain(changed)
    expect(await served(two)).toBe('')
  })

  it('is refused with how many sessions end, until it is meant; a refused start changes nothing', async () => {
    await served(one, { work: logIn })
    const refusal = {
      name: 'IssuerChangedError',
      message: `the issuer was ${one} and would be ${two}: 1 session or token ends by it; --issuer-changed says that this is meant`,
    }
    await expect(served(two)).rejects.toMatchObject(refusal)
    await expect(served(two)).rejects.toMatchObject(refusal)
    expect(await served(one)).toBe('')
    expect(await served(two, { meant: true })).toContain(changed)
    expect(await served(two)).toBe('')
    // Back again: the session of then lives on, since it is meant for this issuer.
    expect(await served(one)).toContain(changed)
  })

  it('leaves a word in the trail', async () => {
    await served(one)
    await served(two, {
      work: async ({ authority }) =>
        expect(await authority.store.audit.list({ limit: 1 })).toMatchObject([
          { action: 'issuer_changed', detail: { issuer: two } },
        ]),
    })
  })

  it('is not taken for one where it follows from a port that the system chose', async () => {
    await served(undefined, { work: logIn })
    expect(await served(undefined)).toBe('')
    expect(await served(one)).toBe('')
  })
})
