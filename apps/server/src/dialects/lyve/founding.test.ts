// Seagate's page about the token of the Lyve Cloud Account API, in its order. Its ten snippets are run by the languages
// that they are written in; most of them are broken, each in a way of its own.
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest'
import { FoundingServer } from '../../../test/founding/founding-server.ts'
import { go, java, javaScript, type Language, python, ruby } from '../../../test/founding/languages.ts'
import { type Ended, printed, runs, shell } from '../../../test/founding/printed.ts'
import type { Exchange, Message } from '../../../test/founding/wire-tap.ts'

// Compilers are started here, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 })

const printedHost = 'https://api.lyvecloud.seagate.com'
const invalidArgument = { code: 'InvalidArgument', message: 'The request is not valid.' }
const authenticationFailed = { code: 'AuthenticationFailed', message: 'Authentication failed.' }
const invalidToken = { code: 'InvalidToken', message: 'Token is not valid.' }
const expiredToken = { code: 'ExpiredToken', message: 'Token expired.' }

interface Key {
  readonly accountId: string
  readonly accessKey: string
  readonly secret: string
}

let server: FoundingServer
let key: Key
beforeAll(async () => {
  server = await FoundingServer.prepare()
  await server.open()
  key = await server.made(['create-access-key', '--account', 'stranger'])
})
afterAll(() => server.close())

/** The whole of what the page wants as a request, and what it shows of it in each language. */
const keyAsPrinted = '"accountId": "string", "accessKey": "string", "secret": "string"'
const realKey = () => `"accountId": "${key.accountId}", "accessKey": "${key.accessKey}", "secret": "${key.secret}"`

const token = async (): Promise<string> => {
  const { json } = await server.ask('POST', '/v2/auth/token', { body: key })
  return (json as { token: string }).token
}

async function needs(context: TestContext, { needs: what, isHere }: Pick<Language, 'needs' | 'isHere'>): Promise<void> {
  if (!(await isHere())) context.skip(`no ${what} here`)
}
const curl = { needs: 'curl', isHere: () => runs('curl', ['--version']) }

/** Runs a snippet; the one exchange that comes of it. */
async function run(
  language: Language,
  snippet: 'issue' | 'show',
  replaced: Readonly<Record<string, string>> = {},
): Promise<Exchange & { readonly ended: Ended }> {
  const source = printed(`lyve/${snippet}.${language.extension}`, { [printedHost]: server.url, ...replaced })
  const { result, exchanges } = await server.during(() => language.run(source, server.folder))
  const [exchange, ...more] = exchanges
  if (!exchange || more.length > 0) throw new Error(`${exchanges.length} exchanges\n${result.err}`)
  return { ...exchange, ended: result }
}

const seen = (answer: Message) => ({ status: answer.status, type: answer.header('content-type'), body: answer.json })
const refusal = (status: number, body: object) => ({ status, type: 'application/json', body })
const issued = { status: 200, type: 'application/json', body: { token: expect.any(String), expirationSec: 86_400 } }
/** Some seconds of the token are over when it is asked about; minutes, where a compiler came between. */
const shown = { status: 200, type: 'application/json', body: { expirationSec: expect.closeTo(86_000, -3) } }

describe('Lyve: POST /auth/token', () => {
  it.each(['/v2/auth/token', '/v2/auth/token/'])('exchanges the printed request for a token, at %s', async (path) => {
    const body = JSON.parse(printed('lyve/request.json', { [keyAsPrinted]: realKey() }))
    const answer = await server.ask('POST', path, { body })
    expect(seen(answer)).toEqual(issued)
    expect(answer.header('cache-control')).toBe('no-store')
    expect(answer.body).toMatch(/^\{"token":"[\w-]+\.[\w-]+\.[\w-]+","expirationSec":86400\}$/)
  })

  it('refuses the printed words with 403', async () => {
    const answer = await server.ask('POST', '/v2/auth/token', { body: JSON.parse(printed('lyve/request.json')) })
    expect(seen(answer)).toEqual(refusal(403, authenticationFailed))
  })

  it('refuses the Go snippet with 400: it sends another object', async (context) => {
    await needs(context, go)
    const exchange = await run(go, 'issue')
    expect(exchange.request.startLine).toBe('POST /v2/auth/token/ HTTP/1.1')
    expect(exchange.request.body).toBe('{"key":"value"}')
    expect(seen(exchange.answer)).toEqual(refusal(400, invalidArgument))
    expect(exchange.ended).toEqual({ status: 0, out: '', err: '' })
  })

  it('answers the Go snippet with a token once it has "your JSON request"', async (context) => {
    await needs(context, go)
    expect(seen((await run(go, 'issue', { '{"key":"value"}': `{ ${realKey()} }` })).answer)).toEqual(issued)
  })

  it('refuses the Java snippet with 400: it sends no body', async (context) => {
    await needs(context, java)
    const exchange = await run(java, 'issue')
    expect(exchange.request.startLine).toBe('POST /v2/auth/token/ HTTP/1.1')
    expect(exchange.request.body).toBe('')
    expect(seen(exchange.answer)).toEqual(refusal(400, invalidArgument))
    expect(exchange.ended.err).toContain('Server returned HTTP response code: 400')
  })

  describe.each([javaScript, python, ruby])('$name', (language) => {
    it('is refused with 403 as printed, and understands why', async (context) => {
      await needs(context, language)
      const exchange = await run(language, 'issue')
      expect(exchange.request.startLine).toBe('POST /v2/auth/token/ HTTP/1.1')
      expect(exchange.request.json).toEqual({ accountId: 'string', accessKey: 'string', secret: 'string' })
      expect(seen(exchange.answer)).toEqual(refusal(403, authenticationFailed))
      expect(exchange.ended.out + exchange.ended.err).toMatch(/AuthenticationFailed|403 Forbidden/)
    })

    it('prints a token with the secrets replaced', async (context) => {
      await needs(context, language)
      const words = language === ruby ? keyAsPrinted.replaceAll(': ', ' => ') : keyAsPrinted
      const real = language === ruby ? realKey().replaceAll(': ', ' => ') : realKey()
      const exchange = await run(language, 'issue', { [words]: real })
      expect(seen(exchange.answer)).toEqual(issued)
      expect(exchange.ended).toMatchObject({ status: 0, err: '' })
      expect(exchange.ended.out).toContain((exchange.answer.json as { token: string }).token)
    })
  })
})

describe('Lyve: GET /auth/token', () => {
  it.each(['/v2/auth/token', '/v2/auth/token/'])('tells the seconds that are left, at %s', async (path) => {
    const answer = await server.ask('GET', path, { headers: { authorization: `Bearer ${await token()}` } })
    expect(seen(answer)).toEqual(shown)
  })

  it('gets no request from the Go snippet, which does not compile', async (context) => {
    await needs(context, go)
    const source = printed('lyve/show.go', { [printedHost]: server.url })
    const { result, exchanges } = await server.during(() => go.run(source, server.folder))
    // 1 or 2: compilers differ in that.
    expect(result).toMatchObject({ status: expect.toBeOneOf([1, 2]), out: '' })
    expect(result.err).toContain('undefined: jsonReq')
    expect(exchanges).toEqual([])
  })

  it('answers the request that the Go snippet means: a GET with a body, which is not looked at', async (context) => {
    await needs(context, go)
    const mended = { '[]byte{ jsonReq, }': '[]byte("{}")', '// ...': '_, _ = resp, err' }
    const asPrinted = await run(go, 'show', mended)
    expect(asPrinted.request.startLine).toBe('GET /v2/auth/token/ HTTP/1.1')
    expect([asPrinted.request.header('authorization'), asPrinted.request.body]).toEqual(['Bearer {access-token}', '{}'])
    expect(seen(asPrinted.answer)).toEqual(refusal(400, invalidToken))
    expect(seen((await run(go, 'show', { ...mended, '{access-token}': await token() })).answer)).toEqual(shown)
  })

  it('refuses the Java snippet with 400: it sends no token', async (context) => {
    await needs(context, java)
    const exchange = await run(java, 'show')
    expect(exchange.request.startLine).toBe('GET /v2/auth/token/ HTTP/1.1')
    expect(exchange.request.header('authorization')).toBeUndefined()
    expect(seen(exchange.answer)).toEqual(refusal(400, invalidToken))
    expect(exchange.ended.err).toContain('Server returned HTTP response code: 400')
  })

  describe.each([javaScript, python])('$name', (language) => {
    it('is refused with 400 as printed: a word in braces is no token', async (context) => {
      await needs(context, language)
      const exchange = await run(language, 'show')
      expect(exchange.request.header('authorization')).toBe('Bearer {access-token}')
      expect(seen(exchange.answer)).toEqual(refusal(400, invalidToken))
      expect(exchange.ended.out).toContain('InvalidToken')
    })

    it('prints the seconds with a token in place of the word', async (context) => {
      await needs(context, language)
      const exchange = await run(language, 'show', { '{access-token}': await token() })
      expect(seen(exchange.answer)).toEqual(shown)
      expect(exchange.ended.out).toMatch(/expirationSec'?: 86\d{3}/)
    })
  })

  it('refuses the Ruby snippet with 400, even with a good token: it sends the token in no header', async (context) => {
    await needs(context, ruby)
    for (const replaced of [{}, { '{access-token}': await token() }] as Record<string, string>[]) {
      const exchange = await run(ruby, 'show', replaced)
      expect(exchange.request.header('authorization')).toBeUndefined()
      expect(exchange.request.header('headers')).toContain('Authorization')
      expect(seen(exchange.answer)).toEqual(refusal(400, invalidToken))
      expect(exchange.ended.err).toContain('400 Bad Request')
    }
  })
})

describe('Lyve: the text', () => {
  it('a token is obtained with the Account ID, Access Key and Secret Key, and sent as a bearer', async (context) => {
    await needs(context, curl)
    const body = printed('lyve/request.json', { [keyAsPrinted]: realKey() }).trim()
    const login = await shell(
      server,
      `curl -s ${server.url}/v2/auth/token -H 'Content-Type: application/json' -d '${body}'`,
    )
    expect(seen(login.answer)).toEqual(issued)
    const { token: got } = login.answer.json as { token: string }
    const use = await shell(server, `curl -s ${server.url}/v2/auth/token -H 'Authorization: Bearer ${got}'`)
    expect(seen(use.answer)).toEqual(shown)
  })

  it('an expired token is answered with 400, and a new one is obtained', async () => {
    const old = await token()
    await server.later(86_400)
    const answer = await server.ask('GET', '/v2/auth/token', { headers: { authorization: `Bearer ${old}` } })
    expect(seen(answer)).toEqual(refusal(400, expiredToken))
    expect(answer.header('www-authenticate')).toBeUndefined()
    const fresh = await server.ask('GET', '/v2/auth/token', { headers: { authorization: `Bearer ${await token()}` } })
    expect(fresh.status).toBe(200)
  })
})
