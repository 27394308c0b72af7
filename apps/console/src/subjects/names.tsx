// Users and clients by name: the API names them by id.
import { type ReactNode, useMemo } from 'react'
import { Link } from 'wouter'
import { t } from '../language/messages.ts'
import { Id } from '../parts/copy.tsx'
import { api, type Schema, send } from '../state/api.ts'
import { type List, pageSize, useList } from '../state/list.ts'

type Subject = Schema['Subject']
export type Client = Schema['Client']

export const usersKey = 'users'
export const clientsKey = 'clients'

export const useUsers = (): List<Schema['User']> =>
  useList([usersKey], async (cursor, signal) => {
    const query = { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) }
    const page = await send(api.GET('/v1/users', { params: { query }, signal }))
    return { items: page.users, next: page.next_cursor }
  })

export const useClients = (): List<Client> =>
  useList([clientsKey], async (cursor, signal) => {
    const query = { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) }
    const page = await send(api.GET('/v1/clients', { params: { query }, signal }))
    return { items: page.clients, next: page.next_cursor }
  })

/** The names that are known, by id. Only for who may list both. */
export function useNames(): (id: string) => string | undefined {
  const { items: users } = useUsers()
  const { items: clients } = useClients()
  return useMemo(() => {
    const names = new Map<string, string>()
    for (const { id, username } of users) names.set(id, username)
    for (const { id, name } of clients) names.set(id, name)
    return (id) => names.get(id)
  }, [users, clients])
}

const pageOf = ({ kind, id }: Subject): string => (kind === 'user' ? `/people/${id}` : `/clients/${id}`)

interface SubjectLinkProps {
  readonly subject: Subject | undefined
  /** Where the API does not say the name. */
  readonly nameOf?: (id: string) => string | undefined
}

/** A user or client, and its page; by its id if it is deleted. */
export function SubjectLink({ subject, nameOf }: SubjectLinkProps): ReactNode {
  if (!subject) return <span className="muted">{t('subject.system')}</span>
  const name = subject.name ?? nameOf?.(subject.id)
  if (name === undefined) return <Id id={subject.id} />
  return (
    <Link href={pageOf(subject)} className="above">
      <bdi>{name}</bdi>
    </Link>
  )
}
