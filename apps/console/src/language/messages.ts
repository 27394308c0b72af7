import type { Language } from '../preferences.ts'
import type { Message } from './en/message.ts'
import type { en } from './english.ts'

export type Key = keyof typeof en
export type Messages = Readonly<Record<Key, Message>>

type Values = Readonly<Record<string, string | number>>

interface Catalogue {
  readonly language: Language
  readonly messages: Messages
  readonly plurals: Intl.PluralRules
}

let current: Catalogue | undefined

const sources: Readonly<Record<Language, () => Promise<Messages>>> = {
  en: async () => (await import('./english.ts')).en,
  de: async () => (await import('./german.ts')).de,
}

/** The first of the reader's languages that there is a translation for. */
export function chosenLanguage(wanted: Language | undefined, browser: readonly string[]): Language {
  const known = (language: string): language is Language => language in sources
  return wanted ?? browser.map((tag) => tag.slice(0, 2).toLowerCase()).find(known) ?? 'en'
}

export async function loadMessages(language: Language): Promise<void> {
  current = { language, messages: await sources[language](), plurals: new Intl.PluralRules(language) }
  document.documentElement.lang = language
}

/** The language of the page, for formats of `Intl`. */
export const language = (): Language => current?.language ?? 'en'

/** A message in the page's language. `{count}` also chooses the plural form. */
export function t(key: Key, values: Values = {}): string {
  if (!current) throw new Error('The messages are not loaded')
  const message = current.messages[key]
  const text = typeof message === 'string' ? message : pluralOf(message, Number(values.count), current.plurals)
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => shown(values[name]) ?? whole)
}

const pluralOf = (message: Exclude<Message, string>, count: number, plurals: Intl.PluralRules): string =>
  message[plurals.select(count)] ?? message.other

const shown = (value: string | number | undefined): string | undefined =>
  typeof value === 'number' ? new Intl.NumberFormat(language()).format(value) : value

/** Whether there is a message of this name: for words that the server chooses, such as error codes. */
export const isKey = (key: string): key is Key => current !== undefined && key in current.messages

/** The message of this name, or the word itself, with spaces: a newer server may send another one. */
export const wordFor = (prefix: string, word: string): string => {
  const key = `${prefix}.${word}`
  return isKey(key) ? t(key) : word.replaceAll('_', ' ')
}
