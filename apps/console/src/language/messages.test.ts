import { beforeAll, describe, expect, it } from 'vitest'
import type { Message } from './en/message.ts'
import { en } from './english.ts'
import { de } from './german.ts'
import { chosenLanguage, loadMessages, t, wordFor } from './messages.ts'

const textsOf = (message: Message): readonly string[] =>
  typeof message === 'string' ? [message] : Object.values(message)
const placesIn = (message: Message): readonly string[] =>
  [...new Set(textsOf(message).flatMap((text) => text.match(/\{\w+\}/g) ?? []))].toSorted()

beforeAll(() => {
  // What a page has, and a test has not.
  Object.assign(globalThis, { document: { documentElement: { lang: '' } } })
})

describe('messages', () => {
  it('has the same values in every language', () => {
    for (const [key, english] of Object.entries(en)) {
      expect(placesIn(de[key as keyof typeof de]), key).toEqual(placesIn(english))
    }
  })

  it('is German where the reader’s languages say so, and English where none is known', () => {
    expect(chosenLanguage(undefined, ['fr-FR', 'de-CH', 'en'])).toBe('de')
    expect(chosenLanguage(undefined, ['fr-FR'])).toBe('en')
    expect(chosenLanguage('en', ['de'])).toBe('en')
  })

  it('fills in values, and chooses the plural form by the count', async () => {
    await loadMessages('de')
    expect(t('table.count', { count: 1 })).toBe('1 Zeile')
    expect(t('table.count', { count: 12_345 })).toBe('12.345 Zeilen')
    await loadMessages('en')
    expect(t('table.count', { count: 12_345 })).toBe('12,345 rows')
    expect(t('overview.lead', { name: 'עדה' })).toBe('What may act in the name of עדה.')
  })

  it('takes a word of a newer server as it is', async () => {
    await loadMessages('en')
    expect(wordFor('action', 'user_created')).toBe('User made')
    expect(wordFor('action', 'moon_landed')).toBe('moon landed')
  })
})
