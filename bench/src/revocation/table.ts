import type { RevocationFigures } from './measure.ts'
import type { MemoryFigures } from './memory.ts'

export function renderRevocation({ revocations, verifiers, introspections, ...figures }: RevocationFigures): string {
  const rows = [
    ['since it was sent', figures.sinceSent],
    ['since it was acknowledged', figures.sinceAcknowledged],
  ] as const
  const cells = (milliseconds: readonly number[]) =>
    milliseconds.map((value) => value.toFixed(2).padStart(8)).join('  ')
  return [
    `From a revocation to the refusal by ${verifiers} verifiers, each in a process of its own: ${revocations} revocations,`,
    `one after the other, during ${introspections} introspections.`,
    '',
    `${''.padEnd(27)} ${['p50 ms', 'p99 ms', 'slowest'].map((name) => name.padStart(8)).join('  ')}`,
    ...rows.map(
      ([name, { p50Milliseconds, p99Milliseconds, slowestMilliseconds }]) =>
        `${name.padEnd(27)} ${cells([p50Milliseconds, p99Milliseconds, slowestMilliseconds])}`,
    ),
  ].join('\n')
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

export const renderMemory = ({ revocations, tableBytes, heldBytes, residentBytes }: MemoryFigures): string =>
  [
    `A verifier that holds ${revocations} revocations:`,
    '',
    `tables of revocations         ${megabytes(tableBytes)}`,
    `heap and buffers grew by      ${megabytes(heldBytes)}`,
    `resident memory grew by       ${megabytes(residentBytes)}`,
  ].join('\n')
