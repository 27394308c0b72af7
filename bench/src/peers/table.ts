import { columns, megabytes } from '../report/columns.ts'
import type { PeerResult } from './measure.ts'

export function renderPeers(peers: readonly PeerResult[]): string {
  const rows = peers.flatMap(({ name, version, cases }) =>
    cases.map(({ name: operation, ours, floors: [theirs] }) => [
      operation,
      `${name} ${version}`,
      theirs ? theirs.ratio.toFixed(1) : '–',
      theirs?.cpuRatio?.toFixed(1) ?? '–',
      ours.requestsPerSecond.toFixed(0),
      theirs?.requestsPerSecond.toFixed(0) ?? '–',
      ours.p99Milliseconds.toFixed(1),
      theirs?.p99Milliseconds.toFixed(1) ?? '–',
    ]),
  )
  const header = ['operation', 'peer', 'times', 'by CPU', 'ours/s', 'theirs/s', 'ours p99 ms', 'theirs p99 ms']
  const wrong = peers.flatMap(({ name, cases }) =>
    cases.flatMap(({ name: operation, ours, floors }) =>
      [ours, ...floors]
        .filter(({ failures }) => failures > 0)
        .map(
          ({ failures, firstFailure }) =>
            `${name}, ${operation}: ${failures} wrong answers, the first: ${firstFailure}`,
        ),
    ),
  )
  return [
    'The server beside others, in turns. times: our requests a second by theirs, median of the rounds.',
    '',
    ...columns([header, ...rows], [0, 1]),
    '',
    ...peers.map(({ name, skipped, idleBytes, loadedBytes }) =>
      skipped === null
        ? `${name}: memory ${megabytes(idleBytes)} idle, ${megabytes(loadedBytes)} after load`
        : `${name} was not measured: ${skipped}`,
    ),
    ...wrong,
  ].join('\n')
}
