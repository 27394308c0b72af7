// Where everything is stored.
import { setting, text } from '../setting.ts'

export const databaseSettings = {
  data: setting({
    type: text('FOLDER', 'a path'),
    fallback: './data',
    reason: 'The data folder. `serve` creates it, closed to other users, if it does not exist.',
  }),
  databaseUrl: setting<string>({
    type: text('URL', 'like postgres://USER@HOST/DATABASE', (url) => /^postgres(ql)?:\/\//.test(url)),
    secret: true,
    fallback: undefined,
    fallbackWords: 'none: SQLite, in the data folder',
    reason:
      'The PostgreSQL database of one or several servers. A URL with a password belongs into the variable or a file, since other users see command lines.',
  }),
  databaseUrlFile: setting<string>({
    type: text('FILE', 'a path'),
    fallback: undefined,
    fallbackWords: 'none',
    reason: 'The file with that URL: one line. Others must not be able to read it.',
  }),
} as const
