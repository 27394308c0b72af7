import { type ReactNode, useMemo, useState } from 'react'
import { ActionButton } from '../../actions/action-dialog.tsx'
import { useProofs } from '../../actions/proof.tsx'
import { t } from '../../language/messages.ts'
import { exactTime } from '../../language/times.ts'
import { RadioGroup } from '../../parts/form/choices.tsx'
import { Page, Status } from '../../parts/page.tsx'
import { Bone, Empty, Notice } from '../../parts/states.tsx'
import type { Column } from '../../parts/table/columns.ts'
import { ListTable } from '../../parts/table/list-table.tsx'
import { Time } from '../../parts/time.tsx'
import { say } from '../../parts/toasts.tsx'
import { api, type Schema, send } from '../../state/api.ts'
import { queries } from '../../state/queries.ts'
import { useRead } from '../../state/read.ts'

type KeySet = Schema['SigningKeySet']

const keysKey = 'keys'
const tones = { signing: 'good', published: 'good', verifying: 'plain', retired: 'plain', revoked: 'bad' } as const

const columnsOfKeys = (): readonly Column<KeySet>[] => [
  {
    id: 'kid',
    title: t('keys.key'),
    cell: ({ kid, algorithm }) => (
      <>
        <code>{kid.slice(0, 12)}…</code> <span className="muted">{algorithm}</span>
      </>
    ),
  },
  {
    id: 'state',
    title: t('keys.state'),
    cell: ({ state }) => <Status tone={tones[state]}>{t(`key.${state}`)}</Status>,
    order: ({ state }) => state,
    width: '16%',
  },
  {
    id: 'created',
    title: t('authorization.created'),
    cell: ({ created_at: at }) => <Time at={at} />,
    order: ({ created_at: at }) => at,
    width: '17%',
  },
  {
    id: 'activates',
    title: t('keys.activates'),
    cell: ({ activates_at: at }) => <Time at={at} />,
    width: '17%',
    low: true,
  },
  { id: 'superseded', title: t('keys.superseded'), cell: ({ superseded_at: at }) => <Time at={at} />, width: '15%' },
  {
    id: 'removable',
    title: t('keys.removable'),
    cell: ({ removable_at: at }) => <Time at={at} />,
    width: '15%',
    low: true,
  },
]

/** The keys that sign tokens: their ages, the next rotation, and what to do when one leaked. */
export function Keys(): ReactNode {
  const read = useRead([keysKey], (signal) => send(api.GET('/v1/keys', { signal })), { every: 30_000 })
  const columns = useMemo(columnsOfKeys, [])
  const list = {
    items: read.data?.keys ?? [],
    isLoading: read.data === undefined && !read.error,
    isComplete: read.data !== undefined,
    error: read.error,
    retry: read.retry,
    more: () => undefined,
  }
  return (
    <Page title={t('keys.title')} lead={t('keys.lead')} actions={<Rotate />}>
      <div className="stack">
        {!read.error && <Notice>{read.data ? <NextRotation at={read.data.next_rotation_at} /> : <Bone />}</Notice>}
        <div>
          <ListTable
            label={t('keys.title')}
            list={list}
            columns={columns}
            textOf={({ kid, algorithm, state }) => `${kid} ${algorithm} ${t(`key.${state}`)}`}
            rowKey={({ kid }) => kid}
            order="-created"
            actions={(row) => (row.state === 'revoked' ? null : <Revoke kid={row.kid} />)}
            empty={
              <Empty icon="keys" title={t('keys.empty')}>
                {t('keys.empty_lead')}
              </Empty>
            }
          />
        </div>
      </div>
    </Page>
  )
}

const algorithms = ['', 'ES256', 'EdDSA'] as const

function Rotate(): ReactNode {
  const proofs = useProofs()
  const [algorithm, setAlgorithm] = useState('')
  const rotate = async () => {
    const body = algorithm === 'ES256' || algorithm === 'EdDSA' ? { algorithm } : {}
    await proofs.recent(() => send(api.POST('/v1/keys', { body: body as Schema['KeyRotation'] })))
    say(t('keys.rotated_done'))
    void queries.invalidateQueries({ queryKey: [keysKey] })
  }
  return (
    <ActionButton
      kind="primary"
      icon="refresh"
      title={t('keys.rotate_ask')}
      lead={t('keys.rotate_hint')}
      action={t('keys.rotate')}
      act={rotate}
    >
      <RadioGroup
        legend={t('keys.algorithm')}
        value={algorithm}
        onValue={setAlgorithm}
        choices={algorithms.map((value) => ({ value, label: value === '' ? t('keys.default') : value }))}
      />
    </ActionButton>
  )
}

function Revoke({ kid }: { readonly kid: string }): ReactNode {
  const proofs = useProofs()
  const revoke = async () => {
    await proofs.recent(() => send(api.DELETE('/v1/keys/{kid}', { params: { path: { kid } } })))
    say(t('keys.revoked_done'))
    void queries.invalidateQueries()
  }
  return (
    <ActionButton
      danger
      size="small"
      label={t('revoke.short')}
      title={t('keys.revoke_ask')}
      lead={
        <>
          <p>{t('keys.revoke_hint')}</p>
          <p>
            <code>{kid}</code>
          </p>
        </>
      }
      action={t('keys.revoke')}
      act={revoke}
    />
  )
}

function NextRotation({ at: next }: { readonly at: number | null }): ReactNode {
  return (
    <>
      {next === null || next === undefined ? (
        t('keys.no_next')
      ) : (
        <span>
          {t('keys.next')}: <Time at={next} reachable /> <span className="muted small">({exactTime(next)})</span>
        </span>
      )}
    </>
  )
}
