// The README's program: compiled and run, with a server in place of the one that it names.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { clientIdentity, scriptedIssuer } from '../src/testing/scripted-issuer.ts'

const run = promisify(execFile)
const home = fileURLToPath(new URL('..', import.meta.url))
const root = join(home, '../..')
const tsc = createRequire(join(root, 'package.json')).resolve('typescript/bin/tsc')
const readme = await readFile(join(home, 'README.md'), 'utf8')
const resource = 'https://orders.example'

/** A folder in which the sources of this package and the frameworks are installed. */
async function folderWith(programs: readonly string[], options: object = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-verifier-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'node_modules/@countersign'), { recursive: true })
  await symlink(home, join(folder, 'node_modules/@countersign/verifier'))
  await mkdir(join(folder, 'node_modules/@types'))
  await symlink(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
  await symlink(join(home, 'node_modules/@types/express'), join(folder, 'node_modules/@types/express'))
  for (const name of ['express', 'express-openapi-validator', 'fastify', 'hono']) {
    await symlink(join(home, 'node_modules', name), join(folder, 'node_modules', name))
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  const compilerOptions = {
    noEmit: true,
    customConditions: ['countersign'],
    allowImportingTsExtensions: true,
    ...options,
  }
  const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  for (const [index, program] of programs.entries()) await writeFile(join(folder, `program${index}.ts`), program)
  const compiled = await run(process.execPath, [tsc, '-p', folder]).catch(({ stdout }) => ({ stdout }))
  expect(compiled.stdout).toBe('')
  return folder
}

describe('the README', { timeout: 120_000 }, () => {
  it('shows a program whose guards let the right callers in, in every framework', async () => {
    const issuer = await scriptedIssuer()
    const snippets = [
      ...readme.matchAll(/^<!-- executed by packages\/verifier\/test\/readme.test.ts -->\n```ts\n(.+?)^```/gms),
    ].map(([, snippet = '']) => snippet)
    expect(snippets).toHaveLength(4)
    const ending = `
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

const { TOKEN = '' } = process.env
const authorization = { authorization: \`Bearer \${TOKEN}\` }
const at = async (listening: import('node:http').Server): Promise<string> => {
  if (!listening.listening) await once(listening, 'listening')
  return \`http://127.0.0.1:\${(listening.address() as AddressInfo).port}/orders\`
}
const first = app.listen(0, '127.0.0.1')
const second = secured.listen(0, '127.0.0.1')
server.listen(0, '127.0.0.1')
const asked = async (send: (headers: Record<string, string>) => Response | Promise<Response>) => {
  const [good, bad] = [await send(authorization), await send({})]
  return [good.status, (await good.text()).includes('user-1'), bad.status, bad.headers.has('www-authenticate')].join(' ')
}
const web = (headers: Record<string, string>) => new Request('https://orders.example/orders', { headers })
for (const url of [await at(first), await at(second), await at(server)]) console.log(await asked((headers) => fetch(url, { headers })))
console.log(await asked(async (headers) => {
  const { statusCode, body, headers: sent } = await fastifyApp.inject({ url: '/orders', headers })
  return new Response(body, { status: statusCode, headers: sent as Record<string, string> })
}))
console.log(await asked((headers) => hono.fetch(web(headers))))
console.log(await asked((headers) => worker.fetch(web(headers))))
console.log(await asked((headers) => handle(web(headers))))
for (const each of [first, second, server]) each.close()
verifier.close()
`
    const program = snippets.map((text) => text.replaceAll('https://auth.example', issuer.url)).join('\n') + ending
    const folder = await folderWith([program])
    issuer.answers.set('/oauth2/introspect', async (request, response) => {
      const now = Math.floor(Date.now() / 1000)
      const isKnown = request.body.startsWith('token=ey')
      const claims = { iss: issuer.url, aud: [resource], sub: 'user-1', client_id: 'c', iat: now, exp: now + 60 }
      const active = { active: true, token_type: 'Bearer', role: 'viewer', scope: 'orders:read', ...claims }
      response.end(JSON.stringify(isKnown ? active : { active: false }))
    })
    const token = await issuer.token({ aud: resource })
    const { id: CLIENT_ID, secret: CLIENT_SECRET } = clientIdentity
    const env = { ...process.env, CLIENT_ID, CLIENT_SECRET, TOKEN: token }
    const { stdout, stderr } = await run(process.execPath, ['--conditions=countersign', join(folder, 'program0.ts')], {
      env,
    })
    expect(stderr).toBe('')
    expect(stdout.trim().split('\n')).toEqual(Array(7).fill('200 true 401 true'))
  })

  it('tells every option of `createVerifier`, and no other; and every code', async () => {
    const source = await readFile(join(home, 'src/verifier/options.ts'), 'utf8')
    const [, members = ''] = /^export interface VerifierOptions {(.+?)^}/ms.exec(source) ?? []
    const options = [...members.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, option]) => option)
    expect(options.length).toBeGreaterThan(10)
    const [, table = ''] = /^`createVerifier\(options\)`:\n\n.+\n.+\n((?:\|.+\n)+)/m.exec(readme) ?? []
    expect([...table.matchAll(/^\| `(\w+)`/gm)].map(([, option]) => option).toSorted()).toEqual(options.toSorted())
    const errors = await readFile(join(home, 'src/model/errors.ts'), 'utf8')
    const [, union = ''] = /type VerificationCode =((?:\s*\| '\w+')+)/.exec(errors) ?? []
    const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code)
    const [, told = ''] = /^\| code \|.+\n.+\n((?:\|.+\n)+)/m.exec(readme) ?? []
    expect([...told.matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code)).toEqual(codes)
  })

  it('and the docstrings of all public exports have examples, which compile', async () => {
    const programs: string[] = []
    const missing: string[] = []
    for (const entry of ['index', 'express', 'fastify', 'hono', 'fetch', 'node']) {
      for (const { name, examples } of await documented(entry)) {
        if (examples.length === 0) missing.push(`${entry}: ${name}`)
        programs.push(...examples)
      }
    }
    expect(missing).toEqual([])
    expect(programs.length).toBeGreaterThan(25)
    await folderWith(programs, { noUnusedLocals: false })
  })
})

/** What an entry exports, with the examples of each. */
async function documented(entry: string): Promise<{ name: string; examples: string[] }[]> {
  const source = await readFile(join(home, `src/${entry}.ts`), 'utf8')
  const sources = new Map<string, string>()
  const exported: { name: string; from: string }[] = [
    ...source.matchAll(/^export (?:type )?\{(.+?)\} from '(.+?)'/gms),
  ].flatMap(([, names = '', from = '']) =>
    [...names.matchAll(/(\w+)(?=\s*[,}\n]|\s*$)/g)].map(([, name = '']) => ({ name, from })),
  )
  for (const [, name = ''] of source.matchAll(/^export (?:async )?(?:function|class|interface|type|const) (\w+)/gm)) {
    exported.push({ name, from: `./${entry}.ts` })
  }
  const found: { name: string; examples: string[] }[] = []
  for (const { name, from } of exported) {
    if (!sources.has(from)) sources.set(from, await readFile(join(home, 'src', from), 'utf8'))
    const declared = new RegExp(
      `/\\*\\*((?:(?!\\*/).)*?)\\*/\\n(?:// biome[^\\n]*\\n)?export (?:async )?(?:function|class|interface|type|const) ${name}\\b`,
      's',
    )
    const [, comment = ''] = declared.exec(sources.get(from) ?? '') ?? []
    const text = comment.replaceAll(/^ \* ?/gm, '')
    found.push({ name, examples: [...text.matchAll(/^@example\n```ts\n(.+?)^```/gms)].map(([, code = '']) => code) })
  }
  return found
}
