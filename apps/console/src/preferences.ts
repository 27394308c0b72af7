// What the page remembers of its reader: how it looks, never who it is. Signing out deletes everything that is stored
// (`Clear-Site-Data`); it is written again then.

export type Theme = 'system' | 'light' | 'dark'
export type Language = 'en' | 'de'

export interface Preferences {
  readonly theme: Theme
  /** Absent: the browser's. */
  readonly language?: Language
  readonly railFolded: boolean
}

const key = 'countersign.console'
const defaults: Preferences = { theme: 'system', railFolded: false }

let current: Preferences = read()

function read(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
    return { ...defaults, ...(typeof stored === 'object' ? stored : {}) }
  } catch {
    // No storage, or another program's content: the defaults serve as well.
    return defaults
  }
}

export const preferences = (): Preferences => current

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change }
  keepPreferences()
}

export function keepPreferences(): void {
  try {
    localStorage.setItem(key, JSON.stringify(current))
  } catch {
    // No storage: they last as long as the page.
  }
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}
