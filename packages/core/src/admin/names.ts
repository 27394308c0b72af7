import type { Domain } from '../domain/domain.ts'
import type { Subject } from '../model/principals/subject.ts'

/** The present names of users and clients, for lists that have their ids. */
export class Names {
  readonly #deps: Pick<Domain, 'store'>

  constructor(deps: Pick<Domain, 'store'>) {
    this.#deps = deps
  }

  /** One read for each different id. @returns By id. One that was deleted, or is built in, is missing. */
  async of(subjects: Iterable<Subject>): Promise<ReadonlyMap<string, string>> {
    const { users, clients } = this.#deps.store
    const kinds = new Map([...subjects].map(({ id, kind }) => [id, kind]))
    const found = [...kinds].map(async ([id, kind]): Promise<readonly [string, string | undefined]> => {
      const name = kind === 'user' ? (await users.find(id))?.username : (await clients.find(id))?.name
      return [id, name]
    })
    const named = await Promise.all(found)
    return new Map(named.flatMap(([id, name]) => (name === undefined ? [] : [[id, name]])))
  }
}
