// The options that all campaigns have, and their help.
import { parseArgs } from 'node:util'
import { faultLines, faultNamed, type InjectedFault } from '../injected-faults/injected-fault.ts'

export interface CampaignOptions<Name extends string, Fault extends string> {
  /** The campaign's own options. */
  readonly values: Readonly<Record<Name, string>>
  readonly seed: number
  readonly fault: Fault | undefined
  readonly folder: string | undefined
  readonly json: boolean
  readonly place: PlaceWords
}

export interface PlaceWords {
  readonly engine?: string | undefined
  readonly 'database-url'?: string | undefined
  readonly keep?: boolean | undefined
}

/** The options that say where a campaign keeps its data. */
const placeOptions = {
  engine: { type: 'string' },
  'database-url': { type: 'string' },
  keep: { type: 'boolean' },
} as const

/**
 * @param where Which options it has that say where. Default is none.
 * @throws TypeError if an option is unknown or has no valid value.
 */
export function readOptions<Name extends string, Fault extends string>(
  args: readonly string[],
  defaults: Readonly<Record<Name, string>>,
  faults: Readonly<Record<Fault, unknown>>,
  where: readonly (keyof PlaceWords)[] = [],
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
      ...Object.fromEntries(where.map((name) => [name, placeOptions[name]])),
    },
  })
  return {
    values: values as unknown as Readonly<Record<Name, string>>,
    seed: wholeNumber('seed', values.seed),
    fault: faultNamed(faults, values.fault ?? values.plant),
    folder: values.folder,
    json: values.json,
    place: Object.fromEntries(Object.entries(values).filter(([name]) => name in placeOptions)),
  }
}

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
