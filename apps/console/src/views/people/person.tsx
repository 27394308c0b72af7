import type { ReactNode } from 'react'
import { useParams } from 'wouter'
import { useAudit } from '../../audit/read.ts'
import { Story } from '../../audit/story.tsx'
import { useAuthorizations } from '../../authorizations/read.ts'
import { t } from '../../language/messages.ts'
import { ButtonLink } from '../../parts/button.tsx'
import { Id } from '../../parts/copy.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Card, Columns, Facts, Page, Row } from '../../parts/page.tsx'
import { Notice } from '../../parts/states.tsx'
import { Time } from '../../parts/time.tsx'
import { api, send } from '../../state/api.ts'
import { mayAs, useMe } from '../../state/me.ts'
import { useRead } from '../../state/read.ts'
import { usersKey } from '../../subjects/names.tsx'
import { factorsOf, UserStatus } from './people.tsx'
import { PersonActions } from './person-actions.tsx'

/** One user: who it is, what may be done, and what happened. */
export function Person(): ReactNode {
  const { id = '' } = useParams<{ id: string }>()
  const me = useMe()
  const read = useRead([usersKey, id], (signal) =>
    send(api.GET('/v1/users/{id}', { params: { path: { id } }, signal })),
  )
  const isOwner = mayAs(me.role, 'owner')
  const user = read.data
  return (
    <Page
      title={user?.username ?? t('person.title')}
      lead={user && t(`role.${user.role}`)}
      back={{ to: '/people', label: t('people.title') }}
    >
      <Columns aside={isOwner && !read.error && <PersonStory id={id} />}>
        <Loaded read={read}>
          {(shown) => (
            <>
              {shown.id === me.id && (
                <Notice>
                  {t('person.own')}{' '}
                  <ButtonLink to="/security" size="small">
                    {t('security.title')}
                  </ButtonLink>
                </Notice>
              )}
              <Card>
                <Facts
                  facts={[
                    [t('authorization.state'), <UserStatus key="state" user={shown} />],
                    [t('authorization.role'), t(`role.${shown.role}`)],
                    [t('security.factors'), factorsOf(shown)],
                    [t('authorization.created'), <Time key="created" at={shown.created_at} reachable />],
                    [t('authorization.id'), <Id key="id" id={shown.id} whole />],
                  ]}
                />
              </Card>
              {isOwner && <Live id={id} />}
              {isOwner && shown.id !== me.id && <PersonActions user={shown} />}
            </>
          )}
        </Loaded>
      </Columns>
    </Page>
  )
}

/** How much is live in this user's name, and where it is listed. */
function Live({ id }: { readonly id: string }): ReactNode {
  const { items, isLoading } = useAuthorizations({ subject: id })
  return (
    <Card bare>
      <Row
        title={t('person.live', { count: items.length })}
        hint={isLoading ? t('state.loading') : t('person.live_hint')}
      >
        <ButtonLink to={`/all-tokens?subject=${id}`} size="small">
          {t('person.show_live')}
        </ButtonLink>
      </Row>
    </Card>
  )
}

const PersonStory = ({ id }: { readonly id: string }): ReactNode => (
  <Story title={t('story.title')} lead={t('story.of_person')} list={useAudit({ subject: id }, false)} />
)
