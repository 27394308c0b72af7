import { type ReactNode, useId, useState } from 'react'
import { t } from '../../language/messages.ts'
import { number } from '../../language/times.ts'
import { Button } from '../../parts/button.tsx'

interface Series {
  readonly name: string
  readonly values: readonly number[]
}

interface LineChartProps {
  readonly label: string
  /** Epoch seconds. */
  readonly times: readonly number[]
  readonly series: readonly Series[]
  readonly timeOf: (at: number) => string
}

const [width, height] = [900, 160]

/** The next round number whose half is a whole one: 2, 4 or 10 with zeros. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)))
  return [1, 2, 4, 10].map((step) => step * power).find((step) => step >= Math.max(2, value)) ?? value
}

/** A few lines over time, and the numbers behind them as a table. */
export function LineChart({ label, times, series, timeOf }: LineChartProps): ReactNode {
  const id = useId()
  const [isTable, setTable] = useState(false)
  const top = roundUp(Math.max(2, ...series.flatMap(({ values }) => values)))
  const x = (index: number) => (width * index) / Math.max(1, times.length - 1)
  const y = (value: number) => height * (1 - value / top)
  const ticks = [0, Math.floor(times.length / 2), times.length - 1].filter(
    (index, at, all) => all.indexOf(index) === at,
  )
  return (
    <figure className="stack" aria-labelledby={id}>
      <figcaption id={id} className="legend-line">
        <strong>{label}</strong>
        {series.map(({ name }, index) => (
          <span key={name} data-series={index}>
            {name}
          </span>
        ))}
      </figcaption>
      {isTable ? (
        <NumbersTable label={label} times={times} series={series} timeOf={timeOf} />
      ) : (
        <div className="chart-frame">
          <div className="chart-levels" aria-hidden="true">
            {[top, top / 2, 0].map((value) => (
              <span key={value}>{number(value)}</span>
            ))}
          </div>
          <svg
            className="chart"
            viewBox={`0 0 ${width} ${height}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={label}
          >
            {[0, top / 2, top].map((value) => (
              <line key={value} className="grid" x1={0} x2={width} y1={y(value)} y2={y(value)} />
            ))}
            {series.map(({ name, values }, index) => (
              <polyline
                key={name}
                className="line"
                data-series={index}
                points={values.map((value, at) => `${x(at)},${y(value)}`).join(' ')}
              />
            ))}
          </svg>
          <div className="chart-times" aria-hidden="true">
            {ticks.map((index) => (
              <span key={index}>{timeOf(times[index] ?? 0)}</span>
            ))}
          </div>
        </div>
      )}
      <div>
        <Button kind="quiet" size="small" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? t('figures.as_chart') : t('figures.as_table')}
        </Button>
      </div>
    </figure>
  )
}

const NumbersTable = ({ label, times, series, timeOf }: LineChartProps): ReactNode => (
  <div className="numbers">
    <table aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{t('audit.when')}</th>
          {series.map(({ name }) => (
            <th scope="col" key={name}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {times.map((at, index) => (
          <tr key={at}>
            <th scope="row">{timeOf(at)}</th>
            {series.map(({ name, values }) => (
              <td key={name}>{number(values[index] ?? 0)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)
