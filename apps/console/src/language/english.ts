import { errors } from './en/errors.ts'
import { frame } from './en/frame.ts'
import { mine } from './en/mine.ts'
import { people } from './en/people.ts'
import { running } from './en/running.ts'
import { words } from './en/words.ts'

export const en = { ...frame, ...mine, ...people, ...running, ...words, ...errors }
