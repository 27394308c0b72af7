// The options that all campaigns have, and their help.
import { parseArgs } from 'node:util'
import { faultLines, faultNamed, type InjectedFault } from '../injected-faults/injected-fault.ts'
import { type EngineName, engines } from './database.ts'

export interface CampaignOptions<Name extends string, Fault extends string> {
  /** The campaign's own options. */
  readonly values: Readonly<Record<Name, string>>
  readonly seed: number
  readonly fault: Fault | undefined
  readonly folder: string | undefined
  readonly json: boolean
}

/** @throws TypeError if an option is unknown or has no valid value. */
export function readOptions<Name extends string, Fault extends string>(
  args: readonly string[],
  defaults: Readonly<Record<Name, string>>,
  faults: Readonly<Record<Fault, unknown>>,
): CampaignOptions<Name, Fault> {
  const own = Object.entries<string>(defaults).map(
    ([name, value]) => [name, { type: 'string', default: value }] as const,
  )
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(own),
      seed: { type: 'string', default: `${Date.now() % 1e9}` },
      fault: { type: 'string' },
      plant: { type: 'string' },
      folder: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  return {
    values: values as unknown as Readonly<Record<Name, string>>,
    seed: wholeNumber('seed', values.seed),
    fault: faultNamed(faults, values.fault ?? values.plant),
    folder: values.folder,
    json: values.json,
  }
}

/** @throws TypeError if a campaign cannot be run on that engine. */
export function engineNamed(name: string, fault: InjectedFault<string> | undefined): EngineName {
  const engine = engines.find((known) => known === name)
  if (engine === undefined) throw new TypeError(`--engine must be ${engines.join(' or ')}`)
  if (fault?.engine !== undefined && fault.engine !== engine) throw new TypeError(`${engine} cannot have that fault`)
  return engine
}

export const engineHelp =
  '--engine NAME   sqlite (default), or postgres: a PostgreSQL server of its own, which must be installed (Debian: postgresql)'

export function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new TypeError(`--${name} must be a whole number`)
  return Number(text)
}

/** The help on the options that all campaigns have. @param repeats What the same seed repeats. */
export const sharedHelp = (
  repeats: string,
  faults: Readonly<Record<string, Pick<InjectedFault<string>, 'does'>>>,
): string => `  --seed N        repeats ${repeats} (default: from the time)
  --fault NAME    inject a fault into the server, to see that the campaign finds it (deprecated name: --plant):
${faultLines(faults)}
  --folder PATH   where the temporary data is kept (default: the system's temporary folder)
  --json          print the summary as JSON
  --help`
