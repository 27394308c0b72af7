// The types of the calls. openapi-fetch infers a call's options whole, and an editor then shows what was typed in place of
// what the contract says of it. So the contract's own type of the options stands beside the inferred one.
import type { ClientPathsWithMethod, Client as FetchClient, FetchResponse, MaybeOptionalInit } from 'openapi-fetch'
import type { paths } from '../transport/contract.ts'

type Method = 'get' | 'put' | 'post' | 'delete' | 'patch'

type RequiredKeys<Value> = { [Key in keyof Value]-?: object extends Pick<Value, Key> ? never : Key }[keyof Value]
type Told<Item, Verb extends keyof Item> = NonNullable<MaybeOptionalInit<Item, Verb>> & { [other: string]: unknown }

/** A call of one method: openapi-fetch's, whose options an editor shows with the words of the contract. */
export type Call<Verb extends Method> = <
  Path extends ClientPathsWithMethod<FetchClient<paths>, Verb>,
  Init extends MaybeOptionalInit<paths[Path], Verb>,
>(
  path: Path,
  ...options: RequiredKeys<Init> extends never ? [(Init & Told<paths[Path], Verb>)?] : [Init & Told<paths[Path], Verb>]
) => Promise<FetchResponse<NonNullable<paths[Path][Verb]>, Init, `${string}/${string}`>>
