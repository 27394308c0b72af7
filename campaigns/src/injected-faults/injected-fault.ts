/** A fault that can be put into the server from outside, and what a campaign must say of it. */
export interface Plant<Invariant extends string> {
  /** Any one of them is enough. */
  readonly breaks: readonly Invariant[]
  readonly does: string
}

/** A module that is loaded before the server and changes what is below it: nothing in the server knows of it. */
export const plantOptions = (name: string | undefined): readonly string[] =>
  name === undefined ? [] : ['--import', new URL(`./${name}.ts`, import.meta.url).href]

/** The lines of a help that list the faults. */
export const plantLines = (plants: Readonly<Record<string, Pick<Plant<string>, 'does'>>>): string =>
  Object.entries(plants)
    .map(([name, { does }]) => `                    ${name}: ${does}`)
    .join('\n')

/** The fault that `--plant` names, if it names one. @throws TypeError if there is none of that name. */
export function plantNamed<P extends string>(
  plants: Readonly<Record<P, unknown>>,
  name: string | undefined,
): P | undefined {
  if (name !== undefined && !Object.hasOwn(plants, name)) throw new TypeError(`there is no fault ${name}`)
  return name as P | undefined
}
