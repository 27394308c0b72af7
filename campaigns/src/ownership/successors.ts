// Two people who hand the ownership to one another, over one connection each.
import { Connection, type Endpoint } from '../../../apps/server/src/testing/process/connection.ts'
import { getRequest, jsonRequest } from '../../../apps/server/src/testing/process/request.ts'
import type { Person } from '../../../apps/server/src/testing/process/server-run.ts'

export interface Heir {
  readonly id: string
  readonly person: Person
  readonly accessToken: string
}

/** An answer that the contract does not give to this request. */
export class UnexpectedAnswer extends Error {}

const bearer = ({ accessToken }: Pick<Heir, 'accessToken'>) => ({ authorization: `Bearer ${accessToken}` })

/** Logs a person in. @param address Whom the server takes the caller for: logins of many rounds are many callers. */
export async function logIn(endpoint: Endpoint, person: Person, address: string): Promise<Heir> {
  const connection = await Connection.open(endpoint)
  try {
    const login = jsonRequest(endpoint, '/v1/sessions', person, { 'x-forwarded-for': address })
    const { status, body } = await connection.exchange(login)
    if (status !== 201) throw new UnexpectedAnswer(`a login was answered ${status} ${body}`)
    const accessToken = String(JSON.parse(body).access_token)
    const me = await connection.exchange(getRequest(endpoint, '/v1/me', bearer({ accessToken })))
    return { id: String(JSON.parse(me.body).id), person, accessToken }
  } finally {
    connection.close()
  }
}

/** Hands the ownership over. @throws ConnectionLost: then whether it was done is unknown. */
export async function transfer(connection: Connection, endpoint: Endpoint, from: Heir, to: Heir): Promise<void> {
  const path = `/v1/users/${to.id}/ownership`
  // The owner shows anew how they log in.
  const proof = { password: from.person.password }
  const { status, body } = await connection.exchange(jsonRequest(endpoint, path, proof, bearer(from)))
  if (status !== 204) throw new UnexpectedAnswer(`a transfer was answered ${status} ${body.slice(0, 200)}`)
}

/** Whether somebody may do what only the owner may. */
export async function isOwner(endpoint: Endpoint, heir: Heir): Promise<boolean> {
  const connection = await Connection.open(endpoint)
  try {
    const { status, body } = await connection.exchange(getRequest(endpoint, '/v1/audit?limit=1', bearer(heir)))
    if (status !== 200 && status !== 403) throw new UnexpectedAnswer(`the trail was answered ${status} ${body}`)
    return status === 200
  } finally {
    connection.close()
  }
}
