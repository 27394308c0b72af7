import type { EngineName } from '../campaign/database.ts'

/** A fault that can be injected into the server from outside, and the invariants that a campaign must find broken. */
export interface InjectedFault<Invariant extends string> {
  /** Any one of them is enough. */
  readonly breaks: readonly Invariant[]
  readonly does: string
  /** The only engine that can have it. Default is each. */
  readonly engine?: EngineName
}

/** Node.js options that load the fault before the server. It changes what the server runs on; the server itself is unchanged. */
export const faultOptions = (name: string | undefined): readonly string[] =>
  name === undefined ? [] : ['--import', new URL(`./${name}.ts`, import.meta.url).href]

/** The lines of a help that list the faults. */
export const faultLines = (faults: Readonly<Record<string, Pick<InjectedFault<string>, 'does'>>>): string =>
  Object.entries(faults)
    .map(([name, { does }]) => `                    ${name}: ${does}`)
    .join('\n')

/** The fault of that name. @throws TypeError if there is none. */
export function faultNamed<F extends string>(
  faults: Readonly<Record<F, unknown>>,
  name: string | undefined,
): F | undefined {
  if (name !== undefined && !Object.hasOwn(faults, name)) throw new TypeError(`there is no fault ${name}`)
  return name as F | undefined
}
