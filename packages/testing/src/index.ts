/**
 * A Countersign server in the process of a test: in memory, with a clock that one moves and faults on demand.
 *
 * @example
 * ```ts
 * import { startTestServer } from '@countersign/testing'
 *
 * await using server = await startTestServer({ apis: [{ resource: 'https://orders.example', scopes: ['orders:read'] }] })
 * const token = await server.mintToken({ subject: 'ada', resource: 'https://orders.example', scope: 'orders:read' })
 * console.log(token.split('.').length)
 * ```
 */
export { testClock } from './clock.ts'
export { startTestServer } from './start.ts'
export type {
  TestApiOptions,
  TestClient,
  TestClientApi,
  TestClientOptions,
  TestClock,
  TestClockOptions,
  TestFault,
  TestFaultKind,
  TestRole,
  TestScope,
  TestServer,
  TestServerOptions,
  TestTokenOptions,
  TestUser,
  TestUserOptions,
} from './surface.ts'
export { TestServerError } from './test-server-error.ts'
