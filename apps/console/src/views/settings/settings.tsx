import { type ReactNode, useMemo } from 'react'
import { t } from '../../language/messages.ts'
import { duration } from '../../language/times.ts'
import { Page, Status } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import type { Column, Filter } from '../../parts/table/columns.ts'
import { ListTable } from '../../parts/table/list-table.tsx'
import { api, type Schema, send } from '../../state/api.ts'
import { useRead } from '../../state/read.ts'

type Setting = Schema['Setting']

const minute = 60
const sources = ['flag', 'variable', 'default'] as const

const columnsOfSettings = (): readonly Column<Setting>[] => [
  {
    id: 'name',
    title: t('settings.name'),
    cell: ({ name }) => <code data-tip={name}>{name}</code>,
    order: ({ name }) => name,
    width: '24%',
  },
  { id: 'value', title: t('settings.value'), cell: (setting) => <Value setting={setting} />, width: '20%', wrap: true },
  {
    id: 'source',
    title: t('settings.source'),
    cell: ({ source }) => <Status tone={source === 'default' ? 'plain' : 'good'}>{t(`settings.${source}`)}</Status>,
    order: ({ source }) => source,
    width: '14%',
  },
  {
    id: 'what',
    title: t('settings.what'),
    wrap: true,
    cell: ({ description }) => (
      <span className="muted">
        <Coded text={description} />
      </span>
    ),
  },
]

/** `code` in a text, as the documentation has it. */
const Coded = ({ text }: { readonly text: string }): ReactNode =>
  text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))

const Value = ({ setting: { value, unit } }: { readonly setting: Setting }): ReactNode =>
  value === null || value === '' ? (
    <span className="muted">{t('settings.none')}</span>
  ) : (
    <div>
      {value.replaceAll(',', ', ')} {unit && <span className="muted">{unit}</span>}
      {unit === 'seconds' && Number(value) >= minute && <div className="small muted">{duration(Number(value))}</div>}
    </div>
  )

const filtersOfSettings = (): readonly Filter<Setting>[] => [
  {
    name: 'source',
    label: t('settings.source'),
    choices: sources.map((value) => ({ value, label: t(`settings.${value}`) })),
    of: ({ source }) => source,
  },
]

const textOf = ({ name, variable, value, description }: Setting): string =>
  `${name} ${variable} ${value} ${description}`

/** What the server was started with, and where each value comes from. */
export function Settings(): ReactNode {
  const read = useRead(['settings'], (signal) => send(api.GET('/v1/settings', { signal })))
  const columns = useMemo(columnsOfSettings, [])
  const filters = useMemo(filtersOfSettings, [])
  const list = {
    items: read.data?.settings ?? [],
    isLoading: read.data === undefined && !read.error,
    isComplete: read.data !== undefined,
    error: read.error,
    retry: read.retry,
    more: () => undefined,
  }
  return (
    <Page title={t('settings.title')} lead={t('settings.lead')}>
      <ListTable
        label={t('settings.title')}
        list={list}
        columns={columns}
        filters={filters}
        textOf={textOf}
        rowKey={({ name, dialect }) => `${dialect ?? ''} ${name}`}
        empty={
          <Empty icon="settings" title={t('settings.empty')}>
            {t('settings.empty_lead')}
          </Empty>
        }
      />
    </Page>
  )
}
