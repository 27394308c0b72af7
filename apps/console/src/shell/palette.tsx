// The command palette: every page and the frequent actions, found by their words.
import type { ReactNode } from 'react'
import { Autocomplete, Header, Input, Menu, MenuItem, MenuSection, SearchField, useFilter } from 'react-aria-components'
import { useLocation } from 'wouter'
import { t } from '../language/messages.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { mayAs, useMe } from '../state/me.ts'
import { signOut } from '../state/sign-in.ts'
import { commands } from './commands.ts'
import { places } from './routes.ts'

interface Entry {
  readonly id: string
  readonly label: string
  readonly icon: IconName
}

export function Palette({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { role } = useMe()
  const [, go] = useLocation()
  const { contains } = useFilter({ sensitivity: 'base' })
  const pages = places
    .filter(({ least }) => mayAs(role, least))
    .map(({ path, title, icon, group }) => {
      const isOther = group === 'everybody' && places.some((other) => other.title === title && other.group === 'mine')
      return { id: path, icon, label: isOther ? t('palette.of_everybody', { what: t(title) }) : t(title) }
    })
  const actions = commands
    .filter(({ least }) => mayAs(role, least))
    .map(({ to, title, icon }) => ({ id: to, icon, label: t(title) }))
  const chosen = (id: string) => {
    onClose()
    if (id === 'sign-out') void signOut()
    else go(id)
  }
  return (
    <Dialog className="palette" title={t('palette.open')} hasOwnHead onClose={onClose}>
      <Autocomplete filter={contains}>
        <SearchField aria-label={t('palette.open')} autoFocus>
          <Input placeholder={t('palette.placeholder')} />
        </SearchField>
        <Menu
          aria-label={t('palette.results')}
          onAction={(key) => chosen(String(key))}
          renderEmptyState={() => <div className="none">{t('palette.none')}</div>}
        >
          <Section title={t('palette.pages')} entries={pages} />
          <Section
            title={t('palette.actions')}
            entries={[...actions, { id: 'sign-out', icon: 'out', label: t('frame.sign_out') }]}
          />
        </Menu>
      </Autocomplete>
    </Dialog>
  )
}

interface SectionProps {
  readonly title: string
  readonly entries: readonly Entry[]
}

const Section = ({ title, entries }: SectionProps): ReactNode => (
  <MenuSection aria-label={title}>
    <Header>{title}</Header>
    {entries.map(({ id, label, icon }) => (
      <MenuItem key={id} id={id} textValue={label}>
        <Icon name={icon} />
        {label}
      </MenuItem>
    ))}
  </MenuSection>
)
