import { expect, it } from 'vitest'
import { expectedConfusables, writtenConfusables } from '../confusables.ts'

it('the table of look-alikes is what the package has, as far as it can stand in a username', () => {
  expect(writtenConfusables()).toBe(expectedConfusables())
})
