import { once } from 'node:events'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import { generate } from 'selfsigned'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Handle, ResponseValue } from '../message.ts'
import { connectRaw, exchangeRaw } from '../testing/raw-client.ts'
import { serve } from '../testing/server.ts'
import { defaultLimits, listen } from './listen.ts'

const ok = (body: string): ResponseValue => ({ status: 200, headers: {}, body })
const answerPath: Handle = async ({ path }) => ok(path)
const readBody: Handle = async (request) => {
  const body = await request.body().catch(() => undefined)
  return ok(`read ${body?.length ?? 0}`)
}

/** Holds each request at `/held…` until it is released. */
function holding() {
  const waiting = new Map<string, () => void>()
  const seen: string[] = []
  let arrived = () => {}
  const handle: Handle = async ({ path }) => {
    seen.push(path)
    const held = path.startsWith('/held') ? new Promise<void>((resolve) => waiting.set(path, resolve)) : undefined
    arrived()
    await held
    return ok(path)
  }
  const until = (path: string): Promise<void> =>
    new Promise((resolve) => {
      arrived = () => {
        if (seen.includes(path)) resolve()
      }
      arrived()
    })
  return { handle, seen, until, release: (path: string) => waiting.get(path)?.() }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
const last = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
const post = (headers: string, body = '') => `POST /a HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`

describe('what is no request', () => {
  it.each([
    ['Content-Length with Transfer-Encoding', post('Content-Length: 3\r\nTransfer-Encoding: chunked', '0\r\n\r\n')],
    ['Transfer-Encoding with Content-Length', post('Transfer-Encoding: chunked\r\nContent-Length: 3', '0\r\n\r\n')],
    ['an unknown transfer coding', post('Transfer-Encoding: xchunked', '0\r\n\r\n')],
    ['chunked, but not last', post('Transfer-Encoding: chunked, identity', '0\r\n\r\n')],
    ['two Content-Lengths', post('Content-Length: 3\r\nContent-Length: 4', 'abc')],
    ['a list as Content-Length', post('Content-Length: 3, 3', 'abc')],
    ['a signed Content-Length', post('Content-Length: +3', 'abc')],
    ['a bad chunk size', post('Transfer-Encoding: chunked', 'zz\r\n')],
    ['a chunk longer than it says', post('Transfer-Encoding: chunked', '1\r\nabc\r\n0\r\n\r\n')],
    ['bare line feeds', 'GET /a HTTP/1.1\nHost: x\n\n'],
    ['a bare line feed between fields', 'GET /a HTTP/1.1\r\nHost: x\nX: y\r\n\r\n'],
    ['a bare carriage return in a field', 'GET /a HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n'],
    ['a folded field', 'GET /a HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n'],
    ['a space before the colon', 'GET /a HTTP/1.1\r\nHost : x\r\n\r\n'],
    ['NUL in a field', 'GET /a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\0b\r\n\r\n'],
    ['no Host', 'GET /a HTTP/1.1\r\n\r\n'],
    ['two Hosts', 'GET /a HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n'],
    ['another protocol', 'EHLO x\r\n\r\n'],
  ])('N-171 is refused with 400 and closed: %s', async (_name, bytes) => {
    const handled: string[] = []
    const { port } = await serve(async (request) => {
      handled.push(request.path)
      return await readBody(request)
    })
    const answer = await exchangeRaw(port, `${bytes}${get('/smuggled')}`)
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(answer).toMatch(/connection: close/i)
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(handled).not.toContain('/smuggled')
  })

  it('N-171 bounds chunk extensions', async () => {
    const { port } = await serve(readBody)
    const bytes = post('Transfer-Encoding: chunked', `1;${'x'.repeat(1024 * 1024)}\r\na\r\n0\r\n\r\n`)
    expect(await exchangeRaw(port, bytes)).toMatch(/^(HTTP\/1\.1 413 Content Too Large\r\n|$)/)
  })

  it('N-171 answers whole requests before the broken one, in order', async () => {
    const { handle, until, release } = holding()
    const { port } = await serve(handle)
    const client = await connectRaw(port)
    client.write(`${get('/held')}${get('/b')}BROKEN\r\n\r\n`)
    await until('/held')
    release('/held')
    const answer = await client.untilClosed()
    expect(answer.match(/HTTP\/1\.1 \d+|\/held$|\/held|\/b/g)).toEqual([
      'HTTP/1.1 200',
      '/held',
      'HTTP/1.1 200',
      '/b',
      'HTTP/1.1 400',
    ])
  })

  it('takes 100 header fields, and not one more', async () => {
    const { port } = await serve(answerPath)
    const fields = (count: number) => Array.from({ length: count }, (_, at) => `X-${at}: y\r\n`).join('')
    // Host and Connection are two of them.
    const ask = (count: number) =>
      exchangeRaw(port, `GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${fields(count - 2)}\r\n`)
    expect(await ask(100)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await ask(101)).toMatch(/^HTTP\/1\.1 431 /)
    expect(await ask(102)).toMatch(/^HTTP\/1\.1 431 /)
  })

  it('N-175 refuses 2,000 small fields, and one of 17 kB', async () => {
    const { port } = await serve(answerPath)
    const many = 'a: b\r\n'.repeat(2000)
    expect(await exchangeRaw(port, `GET / HTTP/1.1\r\nHost: x\r\n${many}\r\n`)).toMatch(/^HTTP\/1\.1 431 /)
    const long = `X: ${'y'.repeat(17 * 1024)}`
    expect(await exchangeRaw(port, `GET / HTTP/1.1\r\nHost: x\r\n${long}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /)
    const few = 'a: b\r\n'.repeat(98)
    expect(await exchangeRaw(port, `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${few}\r\n`)).toMatch(
      /^HTTP\/1\.1 200 /,
    )
  })
})

describe('what HTTP allows and we do not need', () => {
  it('N-176 answers Expect and Upgrade without hanging', async () => {
    const { port } = await serve(readBody)
    const expecting = post('Expect: 100-continue\r\nContent-Length: 0\r\nConnection: close')
    expect(await exchangeRaw(port, expecting)).toMatch(/HTTP\/1\.1 200 OK[\s\S]*read 0$/)
    expect(await exchangeRaw(port, post('Expect: bogus\r\nConnection: close'))).toMatch(/^HTTP\/1\.1 417 /)
    for (const upgrade of ['h2c', 'websocket']) {
      for (const framing of ['', '\r\nContent-Length: 3', '\r\nTransfer-Encoding: chunked']) {
        const body = framing === '' ? '' : framing.includes('chunked') ? '3\r\nabc\r\n0\r\n\r\n' : 'abc'
        const upgrading = post(`Connection: Upgrade\r\nUpgrade: ${upgrade}${framing}`, body)
        const answer = await exchangeRaw(port, `${upgrading}${get('/next')}`)
        expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nconnection: close\r\n[\s\S]*read [03]$/i)
      }
    }
  })

  it('N-177 answers 1,000 pipelined requests in order, one handler at a time', async () => {
    const { handle, until, release } = holding()
    let running = 0
    let most = 0
    const { port } = await serve(async (request) => {
      running++
      most = Math.max(most, running)
      const answer = await handle(request)
      running--
      return answer
    })
    const client = await connectRaw(port)
    const paths = Array.from({ length: 1000 }, (_, index) => `/p${index}`)
    client.write(`${get('/held')}${paths.map(get).join('')}${last('/last')}`)
    await until('/held')
    release('/held')
    const answer = await client.untilClosed()
    expect(answer.match(/\/(?:held|last|p[0-9]+)(?=HTTP|$)/g)).toEqual(['/held', ...paths, '/last'])
    expect(most).toBe(1)
  })
})

describe('slow clients', () => {
  it('N-172 N-173 are cut off: headers, then bodies', async () => {
    const limits = { headersTimeout: 100, requestTimeout: 200, checkingInterval: 20 }
    const { port } = await serve(readBody, { limits })
    expect(await exchangeRaw(port, 'GET / HTTP/1.1\r\nHost: x\r\n')).toMatch(/^HTTP\/1\.1 408 /)
    expect(await exchangeRaw(port, post('Content-Length: 10', 'half'))).toMatch(/^HTTP\/1\.1 408 /)
    expect(await exchangeRaw(port, '')).toMatch(/^(HTTP\/1\.1 408 .*|$)/s)
  })

  it('N-173 are cut off when they do not read the answer', async () => {
    const gone = Promise.withResolvers<void>()
    const handle: Handle = async ({ signal }) => {
      signal.addEventListener('abort', () => gone.resolve())
      return ok('x'.repeat(50_000_000))
    }
    const { port } = await serve(handle, { limits: { socketTimeout: 100 } })
    const socket = net.connect(port, '127.0.0.1').pause()
    socket.on('error', () => {})
    socket.write(get('/'))
    await expect(gone.promise).resolves.toBeUndefined()
    socket.destroy()
  })

  it('N-174 connections beyond the limit are closed, and the others live', async () => {
    const { port } = await serve(answerPath, { limits: { maxConnections: 2 } })
    const [first, second] = [await connectRaw(port), await connectRaw(port)]
    expect(await exchangeRaw(port, last('/third'))).toBe('')
    first.write(last('/first'))
    expect(await first.untilClosed()).toMatch(/\/first$/)
    expect(await exchangeRaw(port, last('/fourth'))).toMatch(/\/fourth$/)
    second.destroy()
  })
})

describe('stopping', () => {
  const refusesConnections = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const probe = net.connect(port, '127.0.0.1')
      probe.on('connect', () => resolve(false)).on('error', () => resolve(true))
      probe.on('connect', () => probe.destroy())
    })

  it('N-254 lets the port go at once, closes what is idle, answers what was accepted', async () => {
    const { handle, until, release } = holding()
    const { port, stop } = await serve(handle)
    const [idle, silent, busy] = [await connectRaw(port), await connectRaw(port), await connectRaw(port)]
    idle.write(get('/x'))
    await idle.until(/\/x$/)
    busy.write(get('/held'))
    await until('/held')
    const stopped = stop()
    expect(await refusesConnections(port)).toBe(true)
    await Promise.all([idle.untilClosed(), silent.untilClosed()])
    release('/held')
    expect(await busy.untilClosed()).toMatch(/connection: close[\s\S]*\/held$/i)
    expect(await stopped).toBe('drained')
  })

  it('N-254 answers every request that a pipelining client had accepted, and starts none that it could not answer', async () => {
    const { handle, seen, until, release } = holding()
    const { port, stop } = await serve(handle)
    const client = await connectRaw(port)
    client.write(`${get('/held1')}${get('/held2')}`)
    await until('/held1')
    const stopped = stop()
    release('/held1')
    await until('/held2')
    client.write(get('/late'))
    await client.until(/\/held1/)
    release('/held2')
    const answer = await client.untilClosed()
    expect(answer.match(/connection: [a-z-]+|\/held\d/gi)).toEqual([
      'Connection: keep-alive',
      '/held1',
      'connection: close',
      '/held2',
    ])
    expect(seen).toEqual(['/held1', '/held2'])
    expect(await stopped).toBe('drained')
  })

  it('cuts what is not answered within its grace', async () => {
    const { handle, until } = holding()
    const { port, stop } = await serve(handle)
    const client = await connectRaw(port)
    client.write(get('/held'))
    await until('/held')
    expect(await stop(20)).toBe('cut')
    expect(await client.untilClosed()).toBe('')
  })

  it('is cut short by force, and stops once however often it is called', async () => {
    const { handle, until } = holding()
    const server = await serve(handle)
    const client = await connectRaw(server.port)
    client.write(get('/held'))
    await until('/held')
    const stopped = server.stop()
    server.cut()
    await stopped
    expect(server.stop()).toBe(stopped)
    expect(await client.untilClosed()).toBe('')
  })
})

describe('idle connections', () => {
  it('are kept longer than proxies keep theirs, and say for how long', async () => {
    expect(defaultLimits.keepAliveTimeout).toBeGreaterThan(60_000)
    const { port } = await serve(answerPath)
    const client = await connectRaw(port)
    client.write(get('/a'))
    expect(await client.until(/\/a$/)).toMatch(/keep-alive: timeout=65\r\n/i)
    client.destroy()
  })

  it('are kept for their own time, not for that of a socket on which nothing moves', async () => {
    const limits = { socketTimeout: 20, keepAliveTimeout: 60_000, checkingInterval: 10 }
    const { port } = await serve(answerPath, { limits })
    const [idle, silent] = [await connectRaw(port), await connectRaw(port)]
    idle.write(get('/a'))
    await idle.until(/\/a$/)
    // A connection without a request is closed after the shorter time: then that has gone by for the other one too.
    await silent.untilClosed()
    idle.write(last('/b'))
    expect(await idle.untilClosed()).toMatch(/\/b$/)
  })
})

describe('listening', () => {
  it('says when the port is taken', async () => {
    const { port } = await serve(answerPath)
    const second = listen({ host: '127.0.0.1', port, listener: () => {} })
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('serves TLS, and stops during a client’s handshake', async () => {
    const pair = await generate([{ name: 'commonName', value: 'localhost' }], { algorithm: 'sha256' })
    const { origin, port, stop } = await serve(async ({ encrypted }) => ok(`encrypted: ${encrypted}`), {
      tls: { cert: pair.cert, key: pair.private },
    })
    const body = await new Promise<string>((resolve, reject) => {
      https
        .get(origin, { rejectUnauthorized: false, agent: new https.Agent({ keepAlive: true }) }, (response) => {
          response.setEncoding('utf8').on('data', resolve)
        })
        .on('error', reject)
    })
    expect(body).toBe('encrypted: true')
    const shaking = await connectRaw(port)
    expect(await stop(50)).toBe('cut')
    expect(await shaking.untilClosed()).toBe('')
  })
})

describe('TLS', () => {
  const pairOf = async (name: string) => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { algorithm: 'sha256' })
    return { cert, key }
  }
  const certificateShown = (
    port: number,
    options: tls.ConnectionOptions = {},
  ): Promise<{ subject: string; cipher: string }> =>
    new Promise((resolve, reject) => {
      const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
      socket.once('error', reject).once('secureConnect', () => {
        resolve({ subject: String(socket.getPeerCertificate().subject.CN), cipher: socket.getCipher().name })
        socket.destroy()
      })
    })

  it('N-534 presents another certificate from now on, and keeps the open connections', async () => {
    const { port, renewTls } = await serve(answerPath, { tls: await pairOf('first') })
    const open = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(open, 'secureConnect')
    expect((await certificateShown(port)).subject).toBe('first')
    renewTls(await pairOf('second'))
    expect((await certificateShown(port)).subject).toBe('second')
    open.end(last('/open'))
    expect(String((await open.toArray()).at(-1))).toMatch(/\/open$/)
    // What is not offered before is not offered after.
    const old = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA256' } as const
    await expect(certificateShown(port, old)).rejects.toThrow()
    await expect(
      certificateShown(port, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }),
    ).rejects.toThrow()
  })

  it('N-538 offers suites with forward secrecy and authenticated encryption alone', async () => {
    const { port } = await serve(answerPath, { tls: await pairOf('localhost') })
    const offered: string[] = []
    for (const cipher of tls.getCiphers().filter((name) => !name.startsWith('tls_'))) {
      const suite = cipher.toUpperCase()
      await certificateShown(port, { maxVersion: 'TLSv1.2', ciphers: `${suite}:@SECLEVEL=0` }).then(
        () => offered.push(suite),
        () => undefined,
      )
    }
    expect(offered.sort()).toEqual([
      'ECDHE-RSA-AES128-GCM-SHA256',
      'ECDHE-RSA-AES256-GCM-SHA384',
      'ECDHE-RSA-CHACHA20-POLY1305',
    ])
    expect((await certificateShown(port)).cipher).toMatch(/^TLS_/)
  })

  /** What the client and this library would agree on, if the server had no floor of its own. */
  const lowered = { ciphers: 'DEFAULT@SECLEVEL=0' }
  const material = async () => {
    const pair = await generate([{ name: 'commonName', value: 'localhost' }], { algorithm: 'sha256' })
    return { cert: pair.cert, key: pair.private, ...lowered }
  }
  /** The version that was agreed on, or why there was none. */
  const handshake = (port: number, maxVersion: tls.SecureVersion) =>
    new Promise<string>((resolve) => {
      const options = {
        port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        minVersion: 'TLSv1',
        maxVersion,
        ...lowered,
      }
      const socket = tls.connect(options as tls.ConnectionOptions, () => {
        resolve(socket.getProtocol() ?? 'none')
        socket.destroy()
      })
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    })

  it('N-473 has its floor at 1.2, whatever else the library, its options and the client would agree on', async (context) => {
    // As `node --tls-min-v1.0` does, which an operator may have set for another connection.
    const { DEFAULT_MIN_VERSION } = tls
    tls.DEFAULT_MIN_VERSION = 'TLSv1'
    onTestFinished(() => {
      tls.DEFAULT_MIN_VERSION = DEFAULT_MIN_VERSION
    })
    const floorless = tls.createServer(await material()).listen(0, '127.0.0.1')
    await once(floorless, 'listening')
    const unbounded = await handshake((floorless.address() as net.AddressInfo).port, 'TLSv1.1')
    floorless.close()
    if (unbounded !== 'TLSv1.1') context.skip(`this library speaks no TLS 1.1 at all: ${unbounded}`)
    const { port } = await serve(answerPath, { tls: await material() })
    for (const old of ['TLSv1', 'TLSv1.1'] as const) expect(await handshake(port, old)).toMatch(/^(ERR_SSL|ECONNRESET)/)
    for (const good of ['TLSv1.2', 'TLSv1.3'] as const) expect(await handshake(port, good)).toBe(good)
  })
})
