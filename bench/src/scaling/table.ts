import { columns } from '../report/columns.ts'
import type { ScalingFigures } from './measure.ts'

const header = ['operation', 'instances', 'requests/s', 'p50 ms', 'instance µs', 'database µs']

export const renderScaling = ({ operations }: ScalingFigures): string => {
  const rows = operations.flatMap(({ name, measured }) =>
    measured.map((one) => [
      name,
      `${one.instances}`,
      one.requestsPerSecond.toFixed(0),
      one.p50Milliseconds.toFixed(2),
      one.instanceMicroseconds.toFixed(0),
      one.databaseMicroseconds.toFixed(0),
    ]),
  )
  return [
    'Instances on one PostgreSQL database, with the same number of connections in all.',
    '',
    ...columns([header, ...rows]),
    '',
    'instance, database: CPU time of a request, in all instances, and in the sessions of the database.',
  ].join('\n')
}
