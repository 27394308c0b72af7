// The types of the calls. openapi-fetch infers a call's options as a whole, so that an editor shows the typed text
// instead of the contract's description. The intersection with the contract's own type restores the description.
import type { ClientPathsWithMethod, Client as FetchClient, FetchResponse, MaybeOptionalInit } from 'openapi-fetch'
import type { paths } from '../transport/contract.ts'

type Method = 'get' | 'put' | 'post' | 'delete' | 'patch'

type RequiredKeys<Value> = { [Key in keyof Value]-?: object extends Pick<Value, Key> ? never : Key }[keyof Value]
type Told<Item, Verb extends keyof Item> = NonNullable<MaybeOptionalInit<Item, Verb>> & { [other: string]: unknown }

/** A call of one HTTP method: openapi-fetch's type, with the contract's descriptions. */
export type Call<Verb extends Method> = <
  Path extends ClientPathsWithMethod<FetchClient<paths>, Verb>,
  Init extends MaybeOptionalInit<paths[Path], Verb>,
>(
  path: Path,
  ...options: RequiredKeys<Init> extends never ? [(Init & Told<paths[Path], Verb>)?] : [Init & Told<paths[Path], Verb>]
) => Promise<FetchResponse<NonNullable<paths[Path][Verb]>, Init, `${string}/${string}`>>
