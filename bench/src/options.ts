// The command line of `pnpm bench`.
import { parseArgs } from 'node:util'
import { requireNoPassword } from '@countersign/store/testing'
import {
  type CaseName,
  caseGroups,
  caseNames,
  namesCases,
  selectedCases,
  usualCaseNames,
} from './comparison/bench-case.ts'
import type { WhichServer } from './database/bench-server.ts'
import { isMeasurement, type MeasurementName, type MeasurementOptions, measurements } from './measurements.ts'

const column = Math.max(...Object.keys(measurements).map((name) => name.length)) + 2
const measurementLines = Object.entries(measurements).map(
  ([name, { about, inAll }]) => `    ${name.padEnd(column)}${about}${inAll ? '' : '; not part of --all'}`,
)

export const help = `usage: pnpm bench [options]
       pnpm bench --compare A.json B.json
       pnpm bench --page FILE.json …

Runs introspection, issue, refresh and login against the running server and, in turns, against a bare node:http floor
that does the same essential work. Prints the ratios. Without options it takes less than ten minutes. The exit status does
not depend on time: it is 1 if an answer was wrong, 2 if the options are wrong, and 0 otherwise.

  --only NAMES     some of these, separated by commas (default: usual)
  --all            all of these but what says otherwise

  Operations, each compared with the floor:
    ${wrapped(caseNames, 4)}
  Groups of them: ${Object.keys(caseGroups).join(', ')}
  Measurements:
${measurementLines.join('\n')}

  --seconds N      measured time of each side of an operation (default 10)
  --slice N        seconds of one turn (default 1)
  --warm-up N      longest time in seconds that a side runs before it is measured (default 15)
  --connections N  concurrent connections; login always has 4 (default 16)
  --starts N       cold starts to measure (default 5)
  --revocations N  how many tokens revocation revokes (default 300), or revocation-memory holds (default 1000000)
  --rows N         how many events of each kind sizing measures the growth of the database by (default 2000)
  --up-to N        the largest number of rows of growth; it begins with 1000 and goes up by powers of ten (default 1000000)
  --postgres       operations, latency and mixed: both sides on a PostgreSQL server that this run starts
  --database-url URL
                   the same on a server that is there: each side has a database of its own, which is dropped at the end. The
                   role must be allowed to make databases, and has no password in the URL (use PGPASSWORD)
  --folder PATH    where the temporary data is kept (default: the system's temporary folder)
  --json [FILE]    print the result as JSON, or write it to the file
  --compare        two results that --json wrote: what changed from the first to the second, with its confidence interval
  --page           write the figures and plots of docs/performance.md from results that --json wrote; the last one has
                   the last word
  --help
`

function wrapped(words: readonly string[], indent: number): string {
  const lines: string[] = ['']
  for (const word of words) {
    const line = lines.at(-1) ?? ''
    if (line.length + word.length > 100) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line}, ${word}`
  }
  return lines.join(`,\n${' '.repeat(indent)}`)
}

export type Task =
  | { readonly kind: 'help' }
  | { readonly kind: 'compare'; readonly files: readonly [string, string] }
  | { readonly kind: 'page'; readonly files: readonly string[] }
  | {
      readonly kind: 'run'
      readonly cases: readonly CaseName[]
      readonly measurements: readonly MeasurementName[]
      readonly options: MeasurementOptions
      /** `true`: standard output. */
      readonly json: boolean | string
    }

/** @throws TypeError that says what is wrong with the words. */
export function readTask(words: readonly string[], progress: (line: string) => void): Task {
  const { values, positionals } = parseArgs({
    // pnpm passes the `--` on that ends its own options.
    args: joined(words.filter((word) => word !== '--')),
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '10' },
      slice: { type: 'string', default: '1' },
      'warm-up': { type: 'string', default: '15' },
      connections: { type: 'string', default: '16' },
      starts: { type: 'string', default: '5' },
      revocations: { type: 'string' },
      rows: { type: 'string', default: '2000' },
      only: { type: 'string', default: '' },
      all: { type: 'boolean', default: false },
      'up-to': { type: 'string', default: '1000000' },
      folder: { type: 'string' },
      postgres: { type: 'boolean', default: false },
      'database-url': { type: 'string' },
      json: { type: 'boolean', default: false },
      'json-file': { type: 'string' },
      compare: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return { kind: 'help' }
  if (values.page) {
    if (positionals.length === 0) throw new TypeError('--page needs a file')
    return { kind: 'page', files: positionals }
  }
  const files = takesFiles(positionals, values.compare ? 2 : 0)
  if (values.compare) return { kind: 'compare', files: [files[0] ?? '', files[1] ?? ''] }
  const whole = (name: string, text: string) => Math.ceil(positive(name, text))
  const seconds = positive('seconds', values.seconds)
  const selected = selection(values.only, values.all)
  const database = databaseOf(values.postgres, values['database-url'])
  if (database !== undefined) requireAnyDatabase(selected.measurements)
  return {
    kind: 'run',
    ...selected,
    json: values['json-file'] ?? values.json,
    options: {
      seconds,
      sliceSeconds: Math.min(positive('slice', values.slice), seconds),
      warmUpSeconds: positive('warm-up', values['warm-up']),
      connections: whole('connections', values.connections),
      coldStarts: whole('starts', values.starts),
      rows: whole('rows', values.rows),
      upTo: whole('up-to', values['up-to']),
      revocations: values.revocations === undefined ? undefined : whole('revocations', values.revocations),
      folder: values.folder,
      database,
      progress,
    },
  }
}

function databaseOf(postgres: boolean, url: string | undefined): WhichServer | undefined {
  if (url === undefined) return postgres ? 'own' : undefined
  if (postgres) throw new TypeError('--postgres and --database-url exclude each other')
  requireNoPassword(url)
  return { url }
}

function requireAnyDatabase(names: readonly MeasurementName[]): void {
  const other = names.find((name) => !measurements[name].onAnyDatabase)
  if (other !== undefined) throw new TypeError(`${other} is measured on SQLite alone`)
}

/** `--json FILE` as one word, since the file may be left out. */
function joined(words: readonly string[]): string[] {
  return words.flatMap((word, at) => {
    const next = words[at + 1]
    if (word === '--json' && next !== undefined && !next.startsWith('-')) return []
    return words[at - 1] === '--json' && !word.startsWith('-') ? [`--json-file=${word}`] : [word]
  })
}

function takesFiles(positionals: readonly string[], count: number): readonly string[] {
  if (positionals.length === count) return positionals
  if (count === 0) throw new TypeError(`unexpected argument ${positionals[0]}`)
  throw new TypeError('--compare needs two files')
}

function selection(only: string, all: boolean): Pick<Extract<Task, { kind: 'run' }>, 'cases' | 'measurements'> {
  const words = only.split(',').filter((word) => word !== '')
  if (all && words.length > 0) throw new TypeError('--all and --only exclude each other')
  const names = Object.keys(measurements).filter(isMeasurement)
  if (all) return { cases: caseNames, measurements: names.filter((name) => measurements[name].inAll) }
  if (words.length === 0) return { cases: usualCaseNames, measurements: [] }
  const unknown = words.find((word) => !isMeasurement(word) && !namesCases(word))
  if (unknown !== undefined) throw new TypeError(`there is no operation ${unknown}`)
  return { cases: selectedCases(words), measurements: names.filter((name) => words.includes(name)) }
}

const positive = (name: string, text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw new TypeError(`--${name} must be a number above 0`)
  return value
}
