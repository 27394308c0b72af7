import { isAbsolute, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError } from './config.ts'
import { readConfig } from './read-config.ts'
import type { ConfigurableDialect } from './schema.ts'

const dialects: readonly ConfigurableDialect[] = [
  {
    name: 'manifold',
    options: {
      refreshTokens: {
        name: 'MANIFOLD_REFRESH_TOKENS',
        values: ['on', 'off'],
        default: 'on',
        reason: 'The vendor has both.',
      },
    },
  },
  {
    name: 'lyve',
    options: {
      lifetimeSeconds: {
        name: 'LYVE_LIFETIME_SECONDS',
        seconds: { least: 1, most: 864_000 },
        default: 86_400,
        reason: 'The vendor says 24 hours.',
      },
    },
  },
]

const read = (flags: Record<string, string> = {}, env: Record<string, string> = {}) =>
  readConfig({ flags, env }, dialects)
const refusal = (flags: Record<string, string>, env: Record<string, string> = {}): string => {
  try {
    read(flags, env)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).message
  }
  throw new Error('it was accepted')
}

describe('configuration', () => {
  it('requires no setting: the defaults serve this machine alone', () => {
    const config = read()
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4300,
      issuer: 'http://127.0.0.1:4300',
      data: resolve('data'),
      masterKeyFile: resolve('data/master.key'),
      logLevel: 'info',
      dialects: ['manifold', 'lyve'],
      retryWindowSeconds: 60,
      signingAlgorithm: 'ES256',
      trustedProxies: [],
      hashMemoryKib: 19_456,
      hashPasses: 2,
      hashQueue: 128,
      shutdownSeconds: 10,
      dropletDriver: 'inventory',
      dockerSocket: '/var/run/docker.sock',
      dockerPublishAddress: '127.0.0.1',
      allowedHosts: [],
      keepAliveSeconds: 65,
      auditDays: 400,
      rotationAuditDays: 30,
      auditDrop: false,
      metrics: true,
      tlsSelfSigned: false,
      dialectOptions: { MANIFOLD_REFRESH_TOKENS: 'on' },
    })
    expect(config.hashConcurrency).toBeGreaterThan(0)
    expect(config).not.toHaveProperty('tlsCert')
    expect(config).not.toHaveProperty('metricsListen')
  })

  it('knows no containers without an image', () => {
    expect(read()).not.toHaveProperty('dockerImage')
    expect(refusal({ 'droplet-driver': 'docker' })).toBe('--droplet-driver docker needs --docker-image')
    expect(refusal({ 'docker-image': 'a b' })).toContain('is not the name or id of an image')
    expect(refusal({ 'docker-publish-address': 'localhost' })).toContain('is not an IP address')
    expect(read({ 'droplet-driver': 'docker', 'docker-image': 'registry.example:5000/droplet:1' })).toMatchObject({
      dropletDriver: 'docker',
      dockerImage: 'registry.example:5000/droplet:1',
    })
  })

  it('takes a flag before a variable before the default', () => {
    expect(read({}, { COUNTERSIGN_PORT: '5000' }).port).toBe(5000)
    expect(read({ port: '6000' }, { COUNTERSIGN_PORT: '5000' }).port).toBe(6000)
  })

  it('counts an empty variable as none', () => {
    expect(read({}, { COUNTERSIGN_PORT: '' }).port).toBe(4300)
  })

  it('makes paths absolute and keeps the master key in the data folder by default', () => {
    const config = read({ data: 'elsewhere' })
    expect(isAbsolute(config.data)).toBe(true)
    expect(config.masterKeyFile).toBe(join(config.data, 'master.key'))
    expect(read({ 'master-key-file': '/run/secrets/key' }).masterKeyFile).toBe('/run/secrets/key')
  })

  it('keeps a thread of the pool free from passwords, however large the pool is', () => {
    expect(read({}, { UV_THREADPOOL_SIZE: '1' }).hashConcurrency).toBe(1)
    expect(read({}, { UV_THREADPOOL_SIZE: '2' }).hashConcurrency).toBe(1)
  })

  it("reads a dialect's options of its own", () => {
    const dayLong = { LYVE_LIFETIME_SECONDS: '86400' }
    const off = { ...dayLong, MANIFOLD_REFRESH_TOKENS: 'off' }
    expect(read({ 'manifold-refresh-tokens': 'off' }).dialectOptions).toEqual(off)
    expect(read({}, { COUNTERSIGN_MANIFOLD_REFRESH_TOKENS: 'off' }).dialectOptions).toEqual(off)
    expect(read({ 'lyve-lifetime-seconds': '60' }).dialectOptions.LYVE_LIFETIME_SECONDS).toBe('60')
    expect(refusal({ 'lyve-lifetime-seconds': '0' })).toContain('is not a whole number from 1 to 864000')
  })

  it('serves the dialects that are named, or none', () => {
    expect(read({ dialects: 'lyve, manifold' }).dialects).toEqual(['lyve', 'manifold'])
    expect(read({ dialects: 'none' }).dialects).toEqual([])
  })

  it('trusts the configured proxies and no other peer', () => {
    expect(read({ 'trusted-proxies': '10.0.0.0/8,::1,192.0.2.1' }).trustedProxies).toEqual([
      '10.0.0.0/8',
      '::1',
      '192.0.2.1',
    ])
    for (const wrong of ['10.0.0.0/33', 'all', '10.0.0.0/8,', '1.2.3', '10.0.0.0/8/8', '::1/129']) {
      expect(refusal({ 'trusted-proxies': wrong })).toContain('is not a list')
    }
  })

  it('takes names, or all of them, as further names of the server', () => {
    expect(read({ 'allowed-hosts': 'countersign_1, auth.internal' }).allowedHosts).toEqual([
      'countersign_1',
      'auth.internal',
    ])
    expect(read({ 'allowed-hosts': '*' }).allowedHosts).toEqual(['*'])
    expect(refusal({ 'allowed-hosts': '*,countersign' })).toBe('--allowed-hosts is * or names, not both')
    for (const wrong of ['a b', 'auth.example:4300', '10.0.0.1', '*.example', 'a,a']) {
      expect(refusal({ 'allowed-hosts': wrong })).toContain('is not a list')
    }
  })

  it('takes an address of their own for the metrics, unless they are off', () => {
    expect(read({ 'metrics-listen': '127.0.0.1:9464' }).metricsListen).toEqual({ host: '127.0.0.1', port: 9464 })
    expect(read({ 'metrics-listen': '[::1]:9464' }).metricsListen).toEqual({ host: '::1', port: 9464 })
    expect(refusal({ 'metrics-listen': '127.0.0.1:1', metrics: 'off' })).toContain('contradict')
    for (const wrong of ['9464', ':9464', '::1:9464', '[127.0.0.1]:1', 'a:65536', 'a b:1', 'a:']) {
      expect(refusal({ 'metrics-listen': wrong })).toContain('is not an address or a host name with a port')
    }
  })

  it('refuses what is no setting', () => {
    expect(refusal({}, { COUNTERSIGN_PROT: '1' })).toBe('COUNTERSIGN_PROT is not a setting')
    expect(refusal({ prot: '1' })).toBe('--prot is not a setting')
  })

  it.each([
    ['port', '65536', 'a whole number from 0 to 65535'],
    ['port', '4e3', 'a whole number from 0 to 65535'],
    ['port', '-1', 'a whole number from 0 to 65535'],
    ['port', '', 'a whole number from 0 to 65535'],
    ['host', 'two words', 'an address or a host name'],
    ['log-level', 'loud', 'one of trace'],
    ['retry-window-seconds', '601', 'a whole number from 1 to 600'],
    ['retry-window-seconds', '0', 'a whole number from 1 to 600'],
    ['signing-algorithm', 'none', 'one of ES256, EdDSA'],
    ['manifold-refresh-tokens', 'maybe', 'one of on, off'],
    ['tls-self-signed', 'yes', 'on or off'],
    ['dialects', 'manifold,manifold', 'a list'],
  ])('refuses --%s %s', (flag, value, words) => {
    const message = refusal({ [flag]: value })
    expect(message).toContain(`--${flag} ${JSON.stringify(value)} is not ${words}`)
    expect(message).not.toContain('\n')
  })

  it('names the variable where the value came from it', () => {
    expect(refusal({}, { COUNTERSIGN_PORT: 'x' })).toBe('COUNTERSIGN_PORT "x" is not a whole number from 0 to 65535')
  })

  it('refuses a dialect that this version does not know', () => {
    expect(refusal({ dialects: 'esperanto' })).toBe('dialect "esperanto" is not one of this version: manifold, lyve')
  })

  it('N-019 refuses to hash passwords more weakly than the floor', () => {
    expect(refusal({ 'hash-passes': '1', 'hash-memory-kib': '47103' })).toContain('too weak')
    expect(refusal({ 'hash-memory-kib': '19455' })).toContain('from 19456')
    expect(refusal({ 'hash-passes': '0' })).toContain('from 1')
    expect(read({ 'hash-passes': '1', 'hash-memory-kib': '47104' }).hashPasses).toBe(1)
    expect(read({ 'hash-passes': '2', 'hash-memory-kib': '19456' }).hashMemoryKib).toBe(19_456)
  })

  it('requires certificate and key together, and not beside a self-signed one', () => {
    expect(refusal({ 'tls-cert': 'a.pem' })).toContain('go together')
    expect(refusal({ 'tls-key': 'a.pem' })).toContain('go together')
    expect(refusal({ 'tls-cert': 'a', 'tls-key': 'b', 'tls-self-signed': 'on' })).toContain('contradict')
    expect(read({ 'tls-cert': 'a', 'tls-key': 'b' })).toMatchObject({ tlsCert: resolve('a'), tlsKey: resolve('b') })
  })
})

describe('the issuer', () => {
  it('follows from where the server listens', () => {
    expect(read({ host: 'localhost', port: '80' }).issuer).toBe('http://localhost')
    expect(read({ host: '::1' }).issuer).toBe('http://[::1]:4300')
    expect(read({ 'tls-self-signed': 'on' }).issuer).toBe('https://127.0.0.1:4300')
  })

  it('may be named in its one spelling', () => {
    expect(read({ issuer: 'https://auth.example.com' }).issuer).toBe('https://auth.example.com')
    expect(read({ issuer: 'https://example.com/auth' }).issuer).toBe('https://example.com/auth')
  })

  it.each([
    ['not a url', 'not an absolute'],
    ['/auth', 'not an absolute'],
    ['ftp://example.com', 'not an absolute'],
    ['https://example.com?a=b', 'query or a fragment'],
    ['https://example.com?', 'query or a fragment'],
    ['https://example.com/#', 'query or a fragment'],
    ['https://user:secret@example.com', 'credentials'],
    ['https://example.com/', 'must be spelled https://example.com'],
    ['https://EXAMPLE.com', 'must be spelled https://example.com'],
    ['https://example.com:443', 'must be spelled https://example.com'],
    ['https://example.com/a/../b', 'must be spelled https://example.com/b'],
  ])('refuses %s', (issuer, words) => {
    const message = refusal({ issuer })
    expect(message).toContain(words)
    expect(message).not.toContain('secret@')
  })

  it('is https unless it is this machine, or http is allowed explicitly', () => {
    expect(refusal({ issuer: 'http://auth.example.com' })).toContain('--allow-http-issuer')
    expect(refusal({ host: '10.0.0.1' })).toContain('--allow-http-issuer')
    expect(refusal({ issuer: 'http://127.evil.example' })).toContain('--allow-http-issuer')
    expect(read({ issuer: 'http://127.0.0.2:8080' }).issuer).toBe('http://127.0.0.2:8080')
    expect(read({ issuer: 'http://auth.example.com', 'allow-http-issuer': 'on' }).issuer).toBe(
      'http://auth.example.com',
    )
  })

  it('must be configured where the server listens on every address', () => {
    expect(refusal({ host: '0.0.0.0' })).toContain('name one with --issuer')
    expect(refusal({ host: '::' })).toContain('name one with --issuer')
    expect(read({ host: '0.0.0.0', issuer: 'https://auth.example.com' }).host).toBe('0.0.0.0')
  })
})
