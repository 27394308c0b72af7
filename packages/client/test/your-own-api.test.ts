// The snippets of the README's section "Calling your own API": one program, which is compiled and run. Its APIs check the
// tokens.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { audienceRules } from '../src/testing/audience-rules.ts'
import { type HttpServer, type Received, startHttpServer } from '../src/testing/http-server.ts'

const run = promisify(execFile)
const home = fileURLToPath(new URL('..', import.meta.url))
const root = join(home, '../..')
const tsc = createRequire(join(root, 'package.json')).resolve('typescript/bin/tsc')

const identifiers = { orders: 'https://orders.example', bills: 'https://bills.example' }

/** The servers of the section. An API accepts the first token that it sees once only, so that each library meets a 401. */
async function startServers() {
  const rules = audienceRules()
  const seen = { orders: [] as string[], bills: [] as string[] }
  const startApi = (name: keyof typeof identifiers): Promise<HttpServer> =>
    startHttpServer((request: Received) => {
      const isMeant = rules.tokenOf(request)?.audience === identifiers[name]
      seen[name].push(`${request.method} ${request.path} ${isMeant ? 200 : 401}`)
      return isMeant ? { status: 200, json: [{ id: name }] } : { status: 401, json: {} }
    })
  const [orders, bills] = await Promise.all([startApi('orders'), startApi('bills')])
  const issuer = await startHttpServer((request) => {
    if (request.path === '/expire') {
      rules.expireAccessTokens()
      return { status: 204 }
    }
    // The identifiers of the APIs are names; where the APIs are is the business of this test.
    const named = Object.entries({ orders, bills }).reduce(
      (body, [name, { url }]) => body.replaceAll(url, identifiers[name as keyof typeof identifiers]),
      request.body.replace('correct horse battery', 'correct horse'),
    )
    return rules.react({ ...request, body: named })
  })
  const local = (text: string) =>
    text
      .replaceAll('https://auth.example', issuer.url)
      .replaceAll(identifiers.orders, orders.url)
      .replaceAll(identifiers.bills, bills.url)
  return { rules, seen, issuer, local }
}

it('every library that the README shows calls an API of its own with tokens, also after they are refused', async () => {
  const { rules, seen, issuer, local } = await startServers()
  const readme = await readFile(join(home, 'README.md'), 'utf8')
  const snippets = [
    ...readme.matchAll(/^<!-- executed by packages\/client\/test\/your-own-api.test.ts -->\n```ts\n(.+?)^```/gms),
  ].map(([, snippet = '']) => snippet)
  expect(snippets).toHaveLength(8)

  const folder = await mkdtemp(join(tmpdir(), 'countersign-own-api-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'node_modules/@countersign'), { recursive: true })
  await symlink(home, join(folder, 'node_modules/@countersign/client'))
  await symlink(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'))
  for (const name of ['openapi-fetch', 'ky', 'axios', 'undici']) {
    await symlink(join(home, 'node_modules', name), join(folder, 'node_modules', name))
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  const compilerOptions = { noEmit: true, customConditions: ['countersign'], allowImportingTsExtensions: true }
  const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const expire = `await fetch('${issuer.url}/expire')\n`
  await writeFile(join(folder, 'program.ts'), snippets.map(local).join(expire))

  const compiled = await run(process.execPath, [tsc, '-p', folder]).catch(({ stdout }) => ({ stdout }))
  expect(compiled.stdout).toBe('')
  const { stdout, stderr } = await run(process.execPath, ['--conditions=countersign', join(folder, 'program.ts')])
  expect(stderr).toBe('')
  const libraries = ['fetch', 'createClient', 'openapi-fetch', 'ky', 'axios', 'undici']
  const printed = libraries.map((library) => `${library} [ { id: 'orders' } ]`)
  printed.splice(1, 0, "get [ { id: 'bills' } ]")
  expect(stdout.trim().split('\n')).toEqual([...printed, 'signed_out'])
  // Each but the first meets a token that has been refused meanwhile.
  const retried = ['GET /orders 401', 'GET /orders 200']
  expect(seen).toEqual({
    orders: ['GET /orders 200', ...Array(5).fill(retried).flat()],
    bills: ['GET /bills 200'],
  })
  expect(rules.counts).toMatchObject({ logins: 1, reuses: 0 })
  expect(rules.revoked).toHaveLength(1)
}, 120_000)
