import { describe, expect, it } from 'vitest'
import { dialects } from '../dialects/registry.ts'
import { createLogger } from '../log/logger.ts'
import { warnOfDeprecations } from '../serve/start-checks.ts'
import { deprecationsIn } from './deprecations.ts'
import { settingsHelp } from './documentation.ts'
import { readConfig } from './read-config.ts'
import { schemaOf } from './schema.ts'

const reason = 'What it is for.'
/** A dialect whose options are on their way out. */
const old = {
  name: 'old',
  options: {
    shape: {
      name: 'OLD_SHAPE',
      values: ['round', 'square'],
      default: 'round',
      reason,
      deprecated: { instead: '--port' },
    },
    word: {
      name: 'OLD_WORD',
      values: ['yes', 'on', 'off'],
      default: 'off',
      reason,
      deprecated: { instead: undefined, values: ['yes'] },
    },
    term: { name: 'OLD_TERM', seconds: { least: 1, most: 9 }, default: 5, reason, deprecated: { instead: undefined } },
  },
} as const

const used = (flags: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) =>
  deprecationsIn({ flags, env }, [old])

describe('a deprecated setting', () => {
  it('is found as it was given, once for each way', () => {
    expect(used({ 'old-shape': 'square' }, { COUNTERSIGN_OLD_SHAPE: 'round', COUNTERSIGN_OLD_TERM: '3' })).toEqual([
      { setting: '--old-shape', instead: '--port' },
      { setting: 'COUNTERSIGN_OLD_SHAPE', instead: '--port' },
      { setting: 'COUNTERSIGN_OLD_TERM', instead: undefined },
    ])
  })

  it('is not found if it is not given, or is set to nothing', () => {
    expect(used({ port: '1' }, { COUNTERSIGN_OLD_SHAPE: '' })).toEqual([])
  })

  it('may be one of its values alone', () => {
    expect(used({ 'old-word': 'on' })).toEqual([])
    expect(used({ 'old-word': 'yes' })).toEqual([{ setting: '--old-word', instead: undefined }])
  })

  it('has its effect, and is marked in the documentation', () => {
    const config = readConfig({ flags: { 'old-shape': 'square' }, env: {} }, [old])
    expect(config.dialectOptions.OLD_SHAPE).toBe('square')
    const help = settingsHelp(schemaOf([old]).filter(({ dialect }) => dialect === 'old'))
    expect(help).toContain('What it is for. Deprecated: use --port instead. Default: round.')
    expect(help).toContain('What it is for. Deprecated: yes. Default: off.')
    expect(help).toContain('What it is for. Deprecated. Default: 5')
  })

  it('is a line of the log at the start of a server, without its value', () => {
    const lines: string[] = []
    const sink = { writableLength: 0, write: (line: string) => lines.push(line) > 0 }
    warnOfDeprecations(used({ 'old-shape': 'square', 'old-term': '3' }), createLogger({ level: 'info', sink }))
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: 'warn', event: 'deprecated', setting: '--old-shape', instead: '--port' },
      { level: 'warn', event: 'deprecated', setting: '--old-term' },
    ])
    expect(lines.join('')).not.toContain('square')
  })

  it('is none of this version', () => {
    const all = schemaOf(dialects).map(({ flag, setting: { fallback } }) => [flag, String(fallback)] as const)
    expect(deprecationsIn({ flags: Object.fromEntries(all), env: {} }, dialects)).toEqual([])
  })
})
