import type { ReactNode } from 'react'
import { t } from '../../language/messages.ts'
import { clockTime, number } from '../../language/times.ts'
import { Card } from '../../parts/page.tsx'
import { Bone, ErrorNotice } from '../../parts/states.tsx'
import { Time } from '../../parts/time.tsx'
import { api, type Schema, send } from '../../state/api.ts'
import { useRead } from '../../state/read.ts'
import { useUrlValue } from '../../state/url-state.ts'
import { Alarms } from './alarms.tsx'
import { LineChart } from './line-chart.tsx'

type Statistics = Schema['Statistics']

const everyMilliseconds = 15_000
const names = ['issued', 'refreshed', 'refused', 'failed_logins', 'throttled', 'failed'] as const
const series = ['issued', 'refreshed', 'refused'] as const

/** The server at a glance, for its owner: what it answers, what is alarming, what expires soon, what should be mended. */
export function ServerFigures(): ReactNode {
  const [window, setWindow] = useUrlValue('window', 'hour')
  const span = window === 'day' ? 'day' : 'hour'
  const read = useRead(
    ['statistics', span],
    (signal) => send(api.GET('/v1/statistics', { params: { query: { window: span } }, signal })),
    { every: everyMilliseconds },
  )
  const choice = (
    <select
      className="input"
      aria-label={t('figures.window')}
      value={span}
      onChange={({ target }) => setWindow(target.value)}
    >
      <option value="hour">{t('figures.hour')}</option>
      <option value="day">{t('figures.day')}</option>
    </select>
  )
  if (read.error && !read.data) return <ErrorNotice error={read.error} onRetry={read.retry} />
  return (
    <>
      <Card title={t('figures.title')} lead={<Since data={read.data} />} actions={choice}>
        {read.data ? <Counts data={read.data} /> : <CountsSkeleton />}
      </Card>
      {read.data && <Alarms data={read.data} />}
    </>
  )
}

/** The places of the figures and the chart. */
const CountsSkeleton = (): ReactNode => (
  <div className="stack" aria-busy="true">
    <div className="tiles" data-small="">
      {names.map((name) => (
        <div className="tile" key={name}>
          <span>{t(`figures.${name}`)}</span>
          <span className="figure">
            <Bone />
          </span>
        </div>
      ))}
    </div>
    <div className="chart-place" />
  </div>
)

const Since = ({ data }: { readonly data: Statistics | undefined }): ReactNode =>
  data === undefined ? (
    t('state.loading')
  ) : (
    <>
      {t('figures.since')} <Time at={data.counted_since} reachable />.
    </>
  )

function Counts({ data }: { readonly data: Statistics }): ReactNode {
  const { counts, step_seconds: step } = data
  const sum = (name: keyof Statistics['counts'][number]) => counts.reduce((all, one) => all + one[name], 0)
  return (
    <div className="stack">
      <div className="tiles" data-small="">
        {names.map((name) => (
          <div className="tile" key={name}>
            <span>{t(`figures.${name}`)}</span>
            <span className="figure">{number(sum(name))}</span>
          </div>
        ))}
      </div>
      <LineChart
        label={t('figures.chart', { minutes: step / 60 })}
        times={counts.map(({ at }) => at)}
        series={series.map((name) => ({ name: t(`figures.${name}`), values: counts.map((one) => one[name]) }))}
        timeOf={clockTime}
      />
    </div>
  )
}
