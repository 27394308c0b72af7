import { describe, expect, it } from 'vitest'
import { readConfig } from './read-config.ts'
import { withoutServiceLinks } from './service-links.ts'

/** What Kubernetes puts into each pod for a service of this name with one named port. */
const kubernetes = (service: string, protocol = 'tcp') => {
  const url = `${protocol}://10.0.0.5:4300`
  const own = `${service}_PORT_4300_${protocol.toUpperCase()}`
  return {
    [`${service}_SERVICE_HOST`]: '10.0.0.5',
    [`${service}_SERVICE_PORT`]: '4300',
    [`${service}_SERVICE_PORT_HTTP_API`]: '4300',
    [`${service}_PORT`]: url,
    [own]: url,
    [`${own}_PROTO`]: protocol,
    [`${own}_PORT`]: '4300',
    [`${own}_ADDR`]: '10.0.0.5',
  }
}

/** What Docker puts into a container that is linked to another one by this alias, ports 4300 and 4301. */
const docker = (alias: string) => ({
  [`${alias}_NAME`]: '/web/countersign',
  [`${alias}_PORT`]: 'tcp://172.17.0.5:4300',
  [`${alias}_PORT_4300_TCP`]: 'tcp://172.17.0.5:4300',
  [`${alias}_PORT_4300_TCP_START`]: 'tcp://172.17.0.5:4300',
  [`${alias}_PORT_4300_TCP_END`]: 'tcp://172.17.0.5:4301',
  [`${alias}_PORT_4300_TCP_PORT_START`]: '4300',
  [`${alias}_PORT_4300_TCP_PORT_END`]: '4301',
  [`${alias}_PORT_4300_TCP_ADDR`]: '172.17.0.5',
  [`${alias}_PORT_4300_TCP_PROTO`]: 'tcp',
  [`${alias}_ENV_COUNTERSIGN_DATA`]: '/data',
  [`${alias}_ENV_http_proxy`]: '',
})

const read = (env: Record<string, string>) => readConfig({ flags: {}, env }, [])

describe('variables that a container platform makes for a service', () => {
  it.each(['COUNTERSIGN', 'COUNTERSIGN_DATA', 'COUNTERSIGN_METRICS', 'COUNTERSIGN_TLS_KEY', 'COUNTERSIGN_2'])(
    'named %s count as absent',
    (service) => {
      for (const made of [
        kubernetes(service),
        kubernetes(service, 'udp'),
        { ...kubernetes(service), [`${service}_SERVICE_HOST`]: 'fd00::5' },
        docker(service),
      ]) {
        expect(withoutServiceLinks({ ...made, PATH: '/bin' })).toEqual({ PATH: '/bin' })
        expect(read(made)).toEqual(read({}))
      }
    },
  )

  it('leave settings beside them alone', () => {
    const env = { ...kubernetes('COUNTERSIGN_DATA'), COUNTERSIGN_PORT: '5000' }
    expect(read(env).port).toBe(5000)
  })

  it.each([
    ['COUNTERSIGN_SERVICE_HOSTS', '10.0.0.5'],
    ['COUNTERSIGN_SERVICE_HOST', 'auth.example.com'],
    ['COUNTERSIGN_SERVICE_PORT', 'http'],
    ['COUNTERSIGN_METRIC_PORT', '9464'],
    ['COUNTERSIGN_PORT_HTTP', '4300'],
    ['COUNTERSIGN_PORT_4300_TCP_PROTO', 'http'],
    ['COUNTERSIGN_NAME', 'countersign'],
    ['COUNTERSIGN_ENV_DATA', '/data'],
    ['COUNTERSIGN_PROT', 'tcp://10.0.0.5:4300'],
  ])('do not hide a misspelled setting: %s=%s', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(`${name} is not a setting`)
  })

  it('do not make anything else a port', () => {
    expect(() => read({ COUNTERSIGN_PORT: 'http://10.0.0.5:4300' })).toThrow('COUNTERSIGN_PORT')
    expect(() => read({ COUNTERSIGN_PORT: 'tcp://10.0.0.5' })).toThrow('COUNTERSIGN_PORT')
  })
})
