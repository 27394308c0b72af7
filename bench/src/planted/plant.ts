/** A fault that can be put into the server from outside, and what a campaign must say of it. */
export interface Plant<Invariant extends string> {
  /** Any one of them is enough. */
  readonly breaks: readonly Invariant[]
  readonly does: string
}

/** A module that is loaded before the server and changes what is below it: nothing in the server knows of it. */
export const plantOptions = (name: string | undefined): readonly string[] =>
  name === undefined ? [] : ['--import', new URL(`./${name}.ts`, import.meta.url).href]
