/** What the server needs of the contract to judge requests, made ahead of time: `gen/compiled` has all operations. */

/** The part of an Ajv error that is read. */
export interface SchemaFault {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
}

/** A validator. It converts and completes the data in place. */
export interface CompiledSchema {
  (data: unknown): boolean
  errors?: SchemaFault[] | null
}

export interface CompiledParameter {
  /** Headers in lower case. */
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  /** If it is a number: which texts are one. The validator alone would accept `0x10`, ` 5` and `1e1`. */
  readonly text?: 'integer' | 'number'
  readonly emptyAllowed?: boolean
}

export interface CompiledBody {
  /** Of `{ body }`. */
  readonly validate: CompiledSchema
  /** The names of the schema's own members. */
  readonly members: readonly string[]
  /** Whether unknown members are removed before the handler; otherwise the schema refuses them. */
  readonly dropsOthers: boolean
}

export interface CompiledOperation {
  readonly parameters: readonly CompiledParameter[]
  /** Whether query parameters that it does not know are ignored; otherwise they are refused. */
  readonly ignoresOtherQuery: boolean
  /** Of `{ params, query, headers }`. */
  readonly validate: CompiledSchema
  /** By media type; empty if it takes no body. */
  readonly bodies: Readonly<Record<string, CompiledBody>>
  readonly bodyRequired: boolean
  /** The members of a form that may repeat. */
  readonly repeatable: readonly string[]
  /** Every name of a parameter or of a member at any depth. */
  readonly names: readonly string[]
  readonly headers: {
    /** What a page may send, besides the headers of the security schemes. */
    readonly request: readonly string[]
    readonly response: readonly string[]
    /** Whether it is asked about a request that another server received (forward authentication). */
    readonly forwarded: boolean
  }
}

export interface CompiledContract {
  /** By operationId. */
  readonly operations: Readonly<Record<string, CompiledOperation>>
  /** The request header of each security scheme that has one. */
  readonly schemeHeaders: Readonly<Record<string, string>>
}
