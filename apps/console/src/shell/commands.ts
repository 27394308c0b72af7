import type { Key } from '../language/messages.ts'
import type { IconName } from '../parts/icon.tsx'
import type { Role } from '../state/api.ts'

/** What the palette offers beside the pages. */
export interface Command {
  readonly to: string
  readonly title: Key
  readonly icon: IconName
  readonly least: Role
}

export const commands: readonly Command[] = [
  { to: '/tokens/new', title: 'tokens.make', icon: 'plus', least: 'viewer' },
  { to: '/people/new', title: 'people.make', icon: 'plus', least: 'owner' },
  { to: '/clients/new', title: 'clients.make', icon: 'plus', least: 'owner' },
  { to: '/apis/new', title: 'apis.make', icon: 'plus', least: 'owner' },
]
