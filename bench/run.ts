// `pnpm bench`: compares the server with the least work that its operations need.
import { readFileSync, writeFileSync } from 'node:fs'
import { StoreOpenError } from '@countersign/store'
import { type BenchmarkResult, runBenchmark } from './src/comparison/benchmark.ts'
import { renderResult } from './src/comparison/table.ts'
import { type MeasurementFigures, measurements } from './src/measurements.ts'
import { help, readTask, type Task } from './src/options.ts'
import { writePage } from './src/page/page.ts'
import { renderDifferences } from './src/report/compare-reports.ts'
import { merged } from './src/report/merge.ts'
import { beginReport, parseReport, type Report } from './src/report/report.ts'

async function run({ cases, measurements: names, options, json }: Extract<Task, { kind: 'run' }>): Promise<void> {
  const began = beginReport(options)
  const show = (table: string) => {
    if (json !== true) console.log(`${table}\n`)
  }
  let benchmark: BenchmarkResult | undefined
  if (cases.length > 0) {
    benchmark = await runBenchmark({ ...options, cases })
    show(renderResult(benchmark))
    const wrong = benchmark.cases.some(({ ours, floors }) => [ours, ...floors].some(({ failures }) => failures > 0))
    if (wrong) process.exitCode = 1
  }
  const figures: Record<string, unknown> = {}
  for (const name of names) {
    options.progress(name)
    const measured = await measurements[name].run(options)
    figures[name] = measured.figures
    show(measured.table)
  }
  const report = JSON.stringify({
    ...began,
    ...benchmark,
    measurements: figures as MeasurementFigures,
  } satisfies Report)
  if (json === true) console.log(report)
  if (typeof json === 'string') writeFileSync(json, `${report}\n`)
}

/** @throws TypeError if it cannot be read. */
function read(file: string): Report {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new TypeError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  return parseReport(file, text)
}

/** Status 2 is for what the caller can mend: the options, files that cannot be read, and the database server. */
function accepted<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    console.error(`${error.message}\n\nnpx -y pnpm@10.34.9 bench --help lists the options.`)
    process.exit(2)
  }
}

const task = accepted(() => readTask(process.argv.slice(2), (line) => console.error(`· ${line}`)))
if (task.kind === 'help') console.log(help)
else if (task.kind === 'compare') {
  const [before, after] = accepted(() => task.files.map(read))
  if (before && after) console.log(renderDifferences(before, after))
} else if (task.kind === 'page') writePage(accepted(() => merged(task.files.map(read))))
else {
  try {
    await run(task)
  } catch (error) {
    // The database server: its message is for the operator.
    if (!(error instanceof StoreOpenError)) throw error
    console.error(error.message)
    process.exitCode = 2
  }
}
