import type { SideResult } from '../comparison/side-result.ts'
import type { SizingFigures } from './measure.ts'

const megabytes = (bytes: number | null): string => (bytes === null ? '–' : `${(bytes / 1024 / 1024).toFixed(0)} MiB`)
const perCore = ({ cpuMicrosecondsPerRequest: cpu }: SideResult): string => (cpu === null ? '–' : rounded(1e6 / cpu))
/** Two digits: the machine is not more exact than that. */
const rounded = (value: number): string => `${Number(value.toPrecision(2))}`

/** The figures as the Markdown of docs/sizing.md. */
export function renderSizing({ speed, growth }: SizingFigures): string {
  const { machine, cases, ours } = speed
  const hash = cases.find(({ name }) => name === 'login')?.floors[0]?.cpuMicrosecondsPerRequest
  const hashMilliseconds = hash === null || hash === undefined ? '–' : (hash / 1000).toFixed(0)
  return [
    `Node.js ${machine.node}, ${machine.cores} × ${machine.processor}`,
    '',
    '| operation | requests a second and core | CPU µs | p50 ms | p99 ms |',
    '|---|---|---|---|---|',
    ...cases.map(({ name, ours: side }) => {
      const cpu = side.cpuMicrosecondsPerRequest?.toFixed(0) ?? '–'
      return `| ${name} | ${perCore(side)} | ${cpu} | ${side.p50Milliseconds.toFixed(1)} | ${side.p99Milliseconds.toFixed(1)} |`
    }),
    '',
    `A password hash: ${hashMilliseconds} ms of one core.`,
    `Memory that no file backs: ${megabytes(ours.anonymous.idleBytes)} idle, ${megabytes(ours.anonymous.loadedBytes)} after load.`,
    `Resident, with files: ${megabytes(ours.idleBytes)} idle, ${megabytes(ours.loadedBytes)} after load.`,
    `Start: ${ours.coldStart.medianMilliseconds.toFixed(0)} ms until it is ready.`,
    '',
    '| event | bytes | of which |',
    '|---|---|---|',
    ...growth.map(({ event, bytes, tables }) => {
      const parts = Object.entries(tables).map(([name, part]) => `\`${name}\` ${part.toFixed(0)}`)
      return `| ${event} | ${bytes.toFixed(0)} | ${parts.join(', ')} |`
    }),
  ].join('\n')
}
