// `pnpm bench`: compares the server with the least work that its operations need.
import { parseArgs } from 'node:util'
import { caseNames, isSelected } from './src/comparison/bench-case.ts'
import { runBenchmark } from './src/comparison/benchmark.ts'
import { renderResult } from './src/comparison/table.ts'
import { measure, measurementNames } from './src/measurements.ts'

const help = `usage: pnpm bench [options]

Runs introspection, issue, refresh and login against the running server and, in turns, against a bare node:http floor
that does the same essential work. Prints the ratios. The exit status does not depend on time: it is 1 if an answer was
wrong, and 0 otherwise.

  --seconds N      measured time of each side of an operation (default 10)
  --slice N        seconds of one turn (default 1)
  --warm-up N      longest time in seconds that a side runs before it is measured (default 15)
  --only NAMES     some of ${caseNames.join(', ')};
                   introspect and issue mean both kinds (default all);
                   or one of ${measurementNames.join(', ')}: the published verifier, and docs/sizing.md
  --revocations N  how many tokens revocation revokes (default 300), or revocation-memory holds (default 1000000)
  --rows N         how many events of each kind sizing measures the growth of the database by (default 2000)
  --connections N  concurrent connections; login always has 4 (default 16)
  --starts N       cold starts to measure (default 5)
  --folder PATH    where the temporary data is kept (default: the system's temporary folder)
  --json           print the result as JSON
  --help
`

const positive = (name: string, text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw new TypeError(`--${name} must be a number above 0`)
  return value
}

function readOptions() {
  const { values } = parseArgs({
    // pnpm passes the `--` on that ends its own options.
    args: process.argv.slice(2).filter((word) => word !== '--'),
    options: {
      seconds: { type: 'string', default: '10' },
      slice: { type: 'string', default: '1' },
      'warm-up': { type: 'string', default: '15' },
      only: { type: 'string', default: '' },
      connections: { type: 'string', default: '16' },
      revocations: { type: 'string' },
      rows: { type: 'string', default: '2000' },
      starts: { type: 'string', default: '5' },
      folder: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const only = values.only.split(',').filter((word) => word !== '')
  const measurement = measurementNames.find((name) => only.includes(name))
  if (measurement !== undefined && only.length > 1) throw new TypeError(`${measurement} is measured alone`)
  const unknown = only.find((word) => word !== measurement && !caseNames.some((name) => isSelected(name, [word])))
  if (unknown !== undefined) throw new TypeError(`there is no operation ${unknown}`)
  const seconds = positive('seconds', values.seconds)
  return {
    help: values.help,
    json: values.json,
    measurement,
    rows: Math.ceil(positive('rows', values.rows)),
    revocations: values.revocations === undefined ? undefined : Math.ceil(positive('revocations', values.revocations)),
    benchmark: {
      seconds,
      sliceSeconds: Math.min(positive('slice', values.slice), seconds),
      warmUpSeconds: positive('warm-up', values['warm-up']),
      cases: caseNames.filter((name) => isSelected(name, only)),
      connections: Math.ceil(positive('connections', values.connections)),
      coldStarts: Math.ceil(positive('starts', values.starts)),
      folder: values.folder,
      progress: (line: string) => console.error(`· ${line}`),
    },
  }
}

try {
  const { help: wanted, json, measurement, revocations, rows, benchmark } = readOptions()
  if (wanted) console.log(help)
  else if (measurement !== undefined) {
    const { figures, table } = await measure(measurement, { ...benchmark, revocations, rows })
    console.log(json ? JSON.stringify(figures) : table)
  } else {
    const result = await runBenchmark(benchmark)
    console.log(json ? JSON.stringify(result) : renderResult(result))
    const wrong = result.cases.some(({ ours, floors }) => [ours, ...floors].some(({ failures }) => failures > 0))
    if (wrong) process.exitCode = 1
  }
} catch (error) {
  if (!(error instanceof TypeError)) throw error
  console.error(`${error.message}\n\n${help}`)
  process.exitCode = 2
}
