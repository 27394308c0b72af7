// A client of the CIKit dialect for tests. It must not know the expected answers.
import type { Answer, Question } from '../../../../test/contract/recorder.ts'
import { bearer, type EnrolledPerson, type RecordedServer } from '../../../../test/recorded-server.ts'

export interface Pair {
  readonly access_token: string
  readonly refresh_token: string
}

export const fault = (error: string, errorId: number) => ({ error, errorId })
export const wrongCode = fault('TOTP code invalid', 902)
export const unknownToken = fault('Access token not found', 908)
export const unknownRefreshToken = fault('Refresh token not found', 910)
export const denied = fault('Access denied', 912)
export const noUser = fault('User not found', 903)
export const malformed = fault('The request is malformed', 0)

export class CikitClient {
  readonly #server: RecordedServer
  #address = 0

  constructor(server: RecordedServer) {
    this.#server = server
  }

  readonly ask = (method: string, path: string, question?: Question): Promise<Answer> =>
    this.#server.ask(method, `/api/v1${path}`, question)

  readonly refresh = (body: object, headers = {}): Promise<Answer> =>
    this.ask('POST', '/user/auth/refresh', { body, headers })

  /** A new client address, so that no transcript throttles another. */
  readonly elsewhere = (): Record<string, string> => ({ 'x-forwarded-for': `203.0.113.${++this.#address}` })

  readonly logIn = async ({ username, authenticator }: EnrolledPerson): Promise<Pair> => {
    const body = { username, code: authenticator.next() }
    return JSON.parse((await this.ask('POST', '/user/auth', { body, headers: this.elsewhere() })).text)
  }

  /** The header after a new login. */
  readonly as = async (who: EnrolledPerson): Promise<{ authorization: string }> =>
    bearer((await this.logIn(who)).access_token)
}
