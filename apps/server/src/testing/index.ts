/**
 * Servers for tests: in this process (`startTestServer`), whose clocks a test can advance, and as a process of its own
 * (`ServerRun`), which a test can kill and restart. Both have a temporary data folder, real sockets and the real store. They
 * depend on no test runner.
 *
 * @example
 * ```ts
 * const server = await startTestServer()
 * await server.user('alice', 'viewer')
 * const { access_token } = await server.login('alice')
 * const me = await server.fetch('/v1/me', { headers: { authorization: `Bearer ${access_token}` } })
 * await server.close()
 * ```
 */
export { type Fault, type FaultKind, Faults } from './faults.ts'
export * from './process/index.ts'
export { goodPassword, startTestServer, type TestServer, type TestServerOptions } from './test-server.ts'
export { AdvancedTime, ManualTime } from './time.ts'
