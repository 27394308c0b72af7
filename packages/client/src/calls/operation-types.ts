// What an operation of a contract takes and returns, read from the `paths` that openapi-typescript makes of it. The rules
// are those of openapi-fetch. Its own declarations are not used: TypeScript below 5.4 reports errors in them.

export type HttpMethod = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch' | 'trace'

/** The paths that have an operation of this method. */
export type PathsWith<Paths, Method extends HttpMethod> = {
  [Path in keyof Paths]: Paths[Path] extends { [Verb in Method]: unknown } ? Path : never
}[keyof Paths]

/** The operation of a path and a method. */
export type OperationAt<Item, Method> = Item[keyof Item & Method]

export type RequiredKeys<Value> = {
  [Key in keyof Value]-?: object extends Pick<Value, Key> ? never : Key
}[keyof Value]

type Values<Value, Keys> = Value[keyof Value & Keys]
type MediaType = `${string}/${string}`

/** How the body of a success is read. Default: as JSON. */
export interface BodyTypes {
  json: unknown
  text: string
  blob: Blob
  arrayBuffer: ArrayBuffer
  stream: Response['body']
}

/** The parameters of an operation, required if one of them is. */
export type ParametersOf<Operation> = Operation extends { parameters: infer Given }
  ? RequiredKeys<Given> extends never
    ? { params?: Given }
    : { params: Given }
  : { params?: { query?: Record<string, unknown> } }

/** The body of a request, in any of its media types. `never` if the operation has none. */
type ContentOf<Operation> = Operation extends { requestBody?: infer Body }
  ? NonNullable<Body> extends { content: infer Content }
    ? Values<Content, MediaType>
    : never
  : never

/** The body of a request, as it is sent. */
export type SentBody<Operation> = Writable<ContentOf<Operation>>

/**
 * The body of a request as an option, required if the contract requires it. Of several operations it is one type, and not
 * one of each: the compiler intersects it with the parameters of each.
 */
export type BodyOf<Operation> = [ContentOf<Operation>] extends [never]
  ? { body?: never }
  : [Operation] extends [{ requestBody: unknown }]
    ? { body: SentBody<Operation> }
    : { body?: SentBody<Operation> | undefined }

/** What a call resolves to. */
export type ResultOf<Operation, Kind extends keyof BodyTypes> =
  | { data: ReadAs<AnswersOf<Operation, `2${string}`>, Kind>; error?: never; response: Response }
  | { data?: never; error: AnswersOf<Operation, `4${string}` | `5${string}` | 'default'>; response: Response }

type ReadAs<Data, Kind extends keyof BodyTypes> = Kind extends 'json' ? Data : BodyTypes[Kind]

/** The bodies of the responses whose status begins so. */
type AnswersOf<Operation, Status extends string> = Operation extends { responses: infer Responses }
  ? Readable<
      {
        [Key in keyof Responses]: `${Key & (string | number)}` extends Status ? AnswerOf<Responses[Key]> : never
      }[keyof Responses]
    >
  : never

type AnswerOf<Answer> = Answer extends { content: infer Content }
  ? Values<Content, MediaType> extends never
    ? Content
    : Values<Content, MediaType>
  : undefined

// openapi-typescript marks members that are read-only or write-only so, if it is told to.
export interface ReadOnly<Value> {
  readonly $read: Value
}
export interface WriteOnly<Value> {
  readonly $write: Value
}

/** As a response has it: without members that are only written. */
type Readable<Value> =
  Value extends WriteOnly<unknown>
    ? never
    : Value extends ReadOnly<infer Inner>
      ? Readable<Inner>
      : Value extends (infer Item)[]
        ? Readable<Item>[]
        : Value extends object
          ? {
              [Key in keyof Value as NonNullable<Value[Key]> extends WriteOnly<unknown> ? never : Key]: Readable<
                Value[Key]
              >
            }
          : Value

/** As a request has it: without members that are only read. */
type Writable<Value> =
  Value extends ReadOnly<unknown>
    ? never
    : Value extends WriteOnly<infer Inner>
      ? Writable<Inner>
      : Value extends (infer Item)[]
        ? Writable<Item>[]
        : Value extends object
          ? {
              [Key in keyof Value as NonNullable<Value[Key]> extends ReadOnly<unknown> ? never : Key]: Writable<
                Value[Key]
              >
            } & {
              [Key in keyof Value as NonNullable<Value[Key]> extends ReadOnly<unknown> ? Key : never]?: never
            }
          : Value
