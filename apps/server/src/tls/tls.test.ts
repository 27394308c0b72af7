import { X509Certificate } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadTls } from './tls.ts'

const now = Date.now()
const day = 86_400_000

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'countersign-tls-'))
})
afterEach(() => rmSync(data, { recursive: true }))

const selfSigned = (host = '127.0.0.1', at = now) => loadTls({ data, host, tlsSelfSigned: true }, at)
const filesOf = async () => {
  const made = await selfSigned()
  const files = { tlsCert: join(data, 'cert.pem'), tlsKey: join(data, 'key.pem') }
  writeFileSync(files.tlsCert, made?.cert ?? '')
  writeFileSync(files.tlsKey, made?.key ?? '', { mode: 0o600 })
  return { ...files, data, host: '127.0.0.1', tlsSelfSigned: false }
}

describe('TLS', () => {
  it('is off by default', async () => {
    expect(await loadTls({ data, host: '127.0.0.1', tlsSelfSigned: false }, now)).toBeUndefined()
  })

  it('serves a self-signed certificate that names this machine', async () => {
    const tls = await selfSigned()
    if (!tls) throw new Error('no certificate')
    const server = createServer(tls, (socket) => socket.end('hello')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const socket = connect({ port, host: '127.0.0.1', ca: tls.cert })
    const said = await new Promise((resolve, reject) => socket.once('data', resolve).once('error', reject))
    expect(String(said)).toBe('hello')
    server.close()
  })

  it('keeps it, readable by its owner alone', async () => {
    const first = await selfSigned()
    expect(await selfSigned()).toEqual(first)
    const file = join(data, 'tls', 'self-signed.pem')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).toContain('BEGIN PRIVATE KEY')
  })

  it('makes another one for another host, and before it expires', async () => {
    const first = await selfSigned()
    const named = await selfSigned('auth.example.com')
    expect(named?.cert).not.toBe(first?.cert)
    expect(new X509Certificate(named?.cert ?? '').checkHost('auth.example.com')).toBeDefined()
    const later = await selfSigned('auth.example.com', now + 364.5 * day)
    expect(later?.cert).not.toBe(named?.cert)
  })

  it('makes another one in place of a damaged file, and leaves nothing else behind', async () => {
    const first = await selfSigned()
    const file = join(data, 'tls', 'self-signed.pem')
    const whole = readFileSync(file)
    for (const length of [0, 1, 100, Math.floor(whole.length / 2), whole.length - 60]) {
      writeFileSync(file, whole.subarray(0, length))
      const made = await selfSigned()
      expect(made?.cert, `${length} bytes were left`).not.toBe(first?.cert)
      expect(await selfSigned()).toEqual(made)
    }
    expect(readdirSync(join(data, 'tls'))).toEqual(['self-signed.pem'])
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('reads certificate and key from their files', async () => {
    const config = await filesOf()
    expect(await loadTls(config, now)).toEqual({
      cert: readFileSync(config.tlsCert, 'utf8'),
      key: readFileSync(config.tlsKey, 'utf8'),
    })
  })

  it.each([0o644, 0o444])('refuses a key that every user can read (mode %o), and says what to do', async (mode) => {
    const config = await filesOf()
    chmodSync(config.tlsKey, mode)
    const refusal = await loadTls(config, now).catch((error: Error) => error.message)
    expect(refusal).toMatch(/^TLS key \S+ is open to others .* chmod 600 it.* mount it with mode 0400/)
  })

  it('reads them through links to another folder, as Certbot keeps them', async () => {
    const config = await filesOf()
    mkdirSync(join(data, 'live'))
    const linked = { tlsCert: join(data, 'live', 'cert.pem'), tlsKey: join(data, 'live', 'key.pem') }
    symlinkSync('../cert.pem', linked.tlsCert)
    symlinkSync('../key.pem', linked.tlsKey)
    expect(await loadTls({ ...config, ...linked }, now)).toEqual(await loadTls(config, now))
  })

  it('refuses files that are missing, no PEM, or do not fit together', async () => {
    const config = await filesOf()
    await expect(loadTls({ ...config, tlsCert: join(data, 'none') }, now)).rejects.toThrow('cannot be read (ENOENT)')
    const other = await selfSigned('other.example.com')
    writeFileSync(config.tlsKey, other?.key ?? '')
    await expect(loadTls(config, now)).rejects.toThrow('do not fit together')
    writeFileSync(config.tlsKey, 'hunter2')
    const refusal = await loadTls(config, now).catch((error: Error) => error.message)
    expect(refusal).toContain('are not PEM')
    expect(refusal).not.toContain('hunter2')
  })
})
