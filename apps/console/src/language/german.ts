import { errors } from './de/errors.ts'
import { frame } from './de/frame.ts'
import { mine } from './de/mine.ts'
import { people } from './de/people.ts'
import { running } from './de/running.ts'
import { words } from './de/words.ts'

export const de = { ...frame, ...mine, ...people, ...running, ...words, ...errors }
