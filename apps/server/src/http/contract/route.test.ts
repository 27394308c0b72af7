import { describe, expect, it } from 'vitest'
import { RequestError } from '../errors.ts'
import { buildRouter, type Route } from './route.ts'

const route = (operationId: string, method: string, path: string, stateChanging = false): Route => ({
  operationId,
  method,
  path,
  stateChanging,
})

const router = buildRouter([
  route('showMe', 'GET', '/v1/me'),
  route('createSession', 'POST', '/v1/sessions'),
  route('showSession', 'GET', '/v1/sessions/current'),
  route('showAnySession', 'GET', '/v1/sessions/{id}'),
  route('endSession', 'DELETE', '/v1/sessions/{session}'),
  route('login', 'GET', '/login', true),
  route('listPorts', 'GET', '/droplets/{name}/ports/{port}'),
  route('validate', 'GET', '/auth/token'),
  route('validateSlashed', 'GET', '/auth/token/'),
])

const find = (method: string, path: string): string => {
  try {
    const { route: found, params } = router.match(method, path)
    return `${found.operationId} ${JSON.stringify(params)}`
  } catch (error) {
    if (error instanceof RequestError) return `${error.code} ${error.headers.allow ?? ''}`.trim()
    throw error
  }
}

describe('routing', () => {
  it('finds fixed paths and parameters, the fixed segment first', () => {
    expect(find('GET', '/v1/me')).toBe('showMe {}')
    expect(find('GET', '/v1/sessions/current')).toBe('showSession {}')
    expect(find('GET', '/v1/sessions/other')).toBe('showAnySession {"id":"other"}')
    expect(find('GET', '/droplets/a%20b/ports/%C3%A9')).toBe('listPorts {"name":"a b","port":"é"}')
  })

  it('knows a parameter by the name that its own operation gives it', () => {
    expect(find('DELETE', '/v1/sessions/x')).toBe('endSession {"session":"x"}')
  })

  it('compares case, slashes and escapes exactly', () => {
    for (const path of [
      '/V1/me',
      '/v1/me/',
      '//v1/me',
      '/v1//me',
      '/v1/m%65',
      '/v1/me;x=1',
      'v1/me',
      '',
      '*',
      '/v1/./me',
    ]) {
      expect(find('GET', path), path).toBe('route_not_found')
    }
    expect(find('GET', '/auth/token')).toBe('validate {}')
    expect(find('GET', '/auth/token/')).toBe('validateSlashed {}')
  })

  it.each([
    '..',
    '.',
    '%2e%2e',
    '%2e%2e%2f',
    'a%2fb',
    'a%5cb',
    '%00',
    '%0a',
    '%7f',
    '%ff',
    '%c0%af',
    '%u0041',
    '%',
    'a\xe9',
  ])('refuses the path parameter %j', (value) => {
    expect(find('GET', `/v1/sessions/${value}`)).toBe('request_invalid')
  })

  it('has nothing at an empty or very long one, and hands matrix parameters on as they are', () => {
    expect(find('GET', '/v1/sessions/')).toBe('route_not_found')
    expect(find('GET', `/v1/sessions/${'x'.repeat(4096)}`)).toBe('route_not_found')
    expect(find('GET', '/v1/sessions/a;x=1')).toBe('showAnySession {"id":"a;x=1"}')
  })

  it('names the methods of a known path', () => {
    expect(find('PUT', '/v1/me')).toBe('method_not_allowed GET, HEAD')
    expect(find('TRACE', '/v1/sessions')).toBe('method_not_allowed POST')
    expect(find('OPTIONS', '/v1/sessions/x')).toBe('method_not_allowed DELETE, GET, HEAD')
    expect(find('get', '/v1/me')).toBe('method_not_allowed GET, HEAD')
    expect(router.allowedMethods('/v1/sessions')).toEqual(['POST'])
    expect(router.allowedMethods('/nowhere')).toEqual([])
    expect(
      router
        .routesAt('/v1/sessions/x')
        .map(({ method }) => method)
        .toSorted(),
    ).toEqual(['DELETE', 'GET'])
    expect(router.routesAt('/nowhere')).toEqual([])
  })

  it('N-278 answers HEAD where GET is safe, and nowhere else', () => {
    expect(find('HEAD', '/v1/me')).toBe('showMe {}')
    expect(find('HEAD', '/login')).toBe('method_not_allowed GET')
    expect(find('HEAD', '/v1/sessions')).toBe('method_not_allowed POST')
  })

  it('has no routes but its own', () => {
    for (const path of ['/__proto__', '/constructor', '/v1/toString']) expect(find('GET', path)).toBe('route_not_found')
  })

  it('finds lenient routes in other spellings, and only those', () => {
    const list = route('list', 'GET', '/api/v1/user/list')
    const revoke = route('revoke', 'DELETE', '/api/v1/user/auth/revoke/{user}')
    const slashed = route('refresh', 'POST', '/v1/auth/token/refresh')
    const lenient = buildRouter(
      [list, revoke, slashed, route('showMe', 'GET', '/v1/me')],
      [
        { routes: [list, revoke], spelling: { anyCase: true, trailingSlash: true } },
        { routes: [slashed], spelling: { anyCase: false, trailingSlash: true } },
      ],
    )
    const found = (method: string, path: string) => {
      try {
        const { route: one, params } = lenient.match(method, path)
        return `${one.operationId} ${JSON.stringify(params)}`
      } catch (error) {
        return error instanceof RequestError ? error.code : error
      }
    }
    for (const path of ['/api/v1/user/list', '/API/v1/User/LIST', '/api/v1/user/list/', '/Api/V1/user/list/']) {
      expect(found('GET', path), path).toBe('list {}')
      expect(found('PUT', path), path).toBe('method_not_allowed')
      expect(lenient.allowedMethods(path), path).toEqual(['GET', 'HEAD'])
    }
    expect(found('DELETE', '/API/V1/user/auth/Revoke/BR0kEN/')).toBe('revoke {"user":"BR0kEN"}')
    expect(found('POST', '/v1/auth/token/refresh/')).toBe('refresh {}')
    const strange = ['/api/v1/user/list//', '//api/v1/user/list', '/api/v1/user/%6cist', '/api/v1/user/list%2f']
    const others = ['/api/v1/user/li\u017ft', '/api/v1/user/list;x', '/V1/me', '/v1/me/', '/api/v1/user/']
    for (const path of [...strange, ...others]) expect(found('GET', path), path).toBe('route_not_found')
    expect(found('POST', '/V1/auth/token/refresh')).toBe('route_not_found')
    expect(found('DELETE', '/api/v1/user/auth/revoke//')).toBe('route_not_found')
    expect(found('DELETE', '/API/v1/user/auth/revoke/%2e%2e/')).toBe('request_invalid')
  })

  it('refuses at start-up routes that could not be distinguished', () => {
    expect(() => buildRouter([route('a', 'GET', '/x/{id}'), route('b', 'GET', '/x/{name}')])).toThrow(
      'another operation',
    )
    const alike = [route('a', 'GET', '/x'), route('b', 'GET', '/X')]
    const spelling = { anyCase: true, trailingSlash: false }
    expect(() => buildRouter(alike, [{ routes: alike, spelling }])).toThrow('another operation')
    expect(() => buildRouter([route('a', 'GET', '/x/{id}.json')])).toThrow('a whole segment')
    expect(() => buildRouter([route('a', 'GET', '/{x}/{x}')])).toThrow('a parameter twice')
    expect(() => buildRouter([route('a', 'GET', 'x')])).toThrow('does not start with a slash')
  })
})
