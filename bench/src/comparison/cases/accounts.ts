import type { Credentials, ServerRun, UserLogin } from '@countersign/server/testing/process'

/** One hash occupies a core, so more connections would only wait. */
export const loginConnections = 4

export interface Accounts {
  readonly opaqueClient: Credentials
  readonly jwtClient: Credentials
  readonly users: readonly UserLogin[]
}

/** Creates the clients and users that the usual cases need, by the commands. The users are called `bench-0` and so on. */
export async function createAccounts(server: ServerRun, userCount = loginConnections): Promise<Accounts> {
  await server.user({ username: 'owner', password: 'correct horse battery staple' }, 'owner')
  const opaqueClient = await server.client('bench-opaque', 'opaque')
  const jwtClient = await server.client('bench-jwt', 'jwt')
  const users: UserLogin[] = []
  for (let i = 0; i < userCount; i++) {
    const user = { username: `bench-${i}`, password: `correct horse battery staple ${i}` }
    await server.user(user)
    users.push(user)
  }
  return { opaqueClient, jwtClient, users }
}

export function firstUser({ users }: Accounts): UserLogin {
  const [user] = users
  if (!user) throw new Error('there is no user to log in')
  return user
}
