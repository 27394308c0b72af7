// What exercises of a contract are made of: a way to each documented answer of each operation. The compiler refuses one
// that is forgotten.
import type { OperationId, routes } from '../../../src/generated/index.ts'
import type { RecordedServer } from '../../recorded-server.ts'
import type { Answer, Question } from '../recorder.ts'

export type Ask = () => Promise<Answer>

/** A way to each documented answer of these operations. */
export type Exercises<K extends OperationId = OperationId> = {
  readonly [P in K]: { readonly [S in (typeof routes)[P]['statuses'][number]]: Ask }
}

/** The operations under a tag. */
export type OperationUnder<T extends string> = {
  [K in OperationId]: (typeof routes)[K]['tag'] extends T ? K : never
}[OperationId]

/** Ways that all operations share. */
export interface Ways {
  readonly server: () => RecordedServer
  /** The id of the owner. */
  readonly owner: () => Promise<string>
  /** While the server is stopping. */
  stopped(method: string, path: string): Promise<Answer>
  /** What a page of another site is answered where a secret or a grant is judged. */
  foreign(method: string, path: string): Promise<Answer>
  /** The answer to the first guess that is not answered 400 or 401 any more, from an address of its own. */
  throttled(method: string, path: string, question: Question): Promise<Answer>
  /** 413 and 415, which every operation with a body can answer. */
  bodied(
    method: string,
    path: string,
    headers?: () => Record<string, string> | Promise<Record<string, string>>,
  ): { readonly 413: Ask; readonly 415: Ask }
}

/** A query that every operation refuses, those too that ignore what they do not know in one. */
export const tooLongQuery = `?_=${'x'.repeat(5000)}`

/** Something that is made when it is first asked for. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
