import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import type { Key } from '../language/messages.ts'
import type { IconName } from '../parts/icon.tsx'
import type { Role } from '../state/api.ts'

type View = LazyExoticComponent<ComponentType>

export interface Route {
  readonly path: string
  readonly view: View
  /** The operation of the contract that the page cannot do without: who may not call it does not see the page. */
  readonly operation: string
  /** As the contract's `x-access` says of it; a test compares. */
  readonly least: Role
}

export interface Place extends Route {
  readonly title: Key
  readonly icon: IconName
  readonly group: 'mine' | 'everybody'
}

const view = <Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name): View =>
  lazy(async () => ({ default: (await load())[name] }))

/** What the rail shows, in its order. */
export const places: readonly Place[] = [
  {
    path: '/',
    title: 'overview.title',
    icon: 'overview',
    group: 'mine',
    operation: 'showMe',
    least: 'viewer',
    view: view(() => import('../views/overview/overview.tsx'), 'Overview'),
  },
  {
    path: '/tokens',
    title: 'tokens.title',
    icon: 'token',
    group: 'mine',
    operation: 'listAuthorizations',
    least: 'viewer',
    view: view(() => import('../views/mine/tokens.tsx'), 'Tokens'),
  },
  {
    path: '/sessions',
    title: 'sessions.title',
    icon: 'sessions',
    group: 'mine',
    operation: 'listAuthorizations',
    least: 'viewer',
    view: view(() => import('../views/mine/sessions.tsx'), 'Sessions'),
  },
  {
    path: '/security',
    title: 'security.title',
    icon: 'security',
    group: 'mine',
    operation: 'showMe',
    least: 'viewer',
    view: view(() => import('../views/mine/security.tsx'), 'Security'),
  },
  {
    path: '/people',
    title: 'people.title',
    icon: 'people',
    group: 'everybody',
    operation: 'listUsers',
    least: 'manager',
    view: view(() => import('../views/people/people.tsx'), 'People'),
  },
  {
    path: '/clients',
    title: 'clients.title',
    icon: 'clients',
    group: 'everybody',
    operation: 'listClients',
    least: 'owner',
    view: view(() => import('../views/clients/clients.tsx'), 'Clients'),
  },
  {
    path: '/apis',
    title: 'apis.title',
    icon: 'apis',
    group: 'everybody',
    operation: 'listApis',
    least: 'owner',
    view: view(() => import('../views/apis/apis.tsx'), 'Apis'),
  },
  {
    path: '/all-tokens',
    title: 'all_tokens.title',
    icon: 'token',
    group: 'everybody',
    operation: 'listAuditEvents',
    least: 'owner',
    view: view(() => import('../views/all-tokens/all-tokens.tsx'), 'AllTokens'),
  },
  {
    path: '/droplets',
    title: 'droplets.title',
    icon: 'droplets',
    group: 'everybody',
    operation: 'listDroplets',
    least: 'viewer',
    view: view(() => import('../views/droplets/droplets.tsx'), 'Droplets'),
  },
  {
    path: '/keys',
    title: 'keys.title',
    icon: 'keys',
    group: 'everybody',
    operation: 'listKeySets',
    least: 'owner',
    view: view(() => import('../views/keys/keys.tsx'), 'Keys'),
  },
  {
    path: '/audit',
    title: 'audit.title',
    icon: 'audit',
    group: 'everybody',
    operation: 'listAuditEvents',
    least: 'owner',
    view: view(() => import('../views/audit/audit.tsx'), 'Audit'),
  },
  {
    path: '/settings',
    title: 'settings.title',
    icon: 'settings',
    group: 'everybody',
    operation: 'listSettings',
    least: 'owner',
    view: view(() => import('../views/settings/settings.tsx'), 'Settings'),
  },
]

/** The pages that others lead to. */
export const details: readonly Route[] = [
  {
    path: '/tokens/new',
    operation: 'createPersonalToken',
    least: 'viewer',
    view: view(() => import('../views/mine/new-token.tsx'), 'NewToken'),
  },
  {
    path: '/tokens/:id',
    operation: 'listAuthorizations',
    least: 'viewer',
    view: view(() => import('../views/mine/token-detail.tsx'), 'TokenDetail'),
  },
  {
    path: '/people/new',
    operation: 'createUser',
    least: 'owner',
    view: view(() => import('../views/people/new-person.tsx'), 'NewPerson'),
  },
  {
    path: '/people/:id',
    operation: 'showUser',
    least: 'manager',
    view: view(() => import('../views/people/person.tsx'), 'Person'),
  },
  {
    path: '/clients/new',
    operation: 'createClient',
    least: 'owner',
    view: view(() => import('../views/clients/new-client.tsx'), 'NewClient'),
  },
  {
    path: '/clients/:id',
    operation: 'showClient',
    least: 'owner',
    view: view(() => import('../views/clients/client-detail.tsx'), 'ClientDetail'),
  },
  {
    path: '/apis/new',
    operation: 'createApi',
    least: 'owner',
    view: view(() => import('../views/apis/new-api.tsx'), 'NewApi'),
  },
  {
    path: '/apis/:id',
    operation: 'showApi',
    least: 'owner',
    view: view(() => import('../views/apis/api-detail.tsx'), 'ApiDetail'),
  },
  {
    path: '/all-tokens/:id',
    operation: 'listAuditEvents',
    least: 'owner',
    view: view(() => import('../views/all-tokens/any-token.tsx'), 'AnyToken'),
  },
  {
    path: '/droplets/:id',
    operation: 'showDroplet',
    least: 'viewer',
    view: view(() => import('../views/droplets/droplet.tsx'), 'Droplet'),
  },
]
