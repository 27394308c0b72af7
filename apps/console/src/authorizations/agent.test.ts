import { beforeAll, describe, expect, it } from 'vitest'
import { loadMessages } from '../language/messages.ts'
import { agentWords } from './agent.ts'

describe('the words for a User-Agent', () => {
  beforeAll(async () => {
    Object.assign(globalThis, { document: { documentElement: { lang: '' } } })
    await loadMessages('en')
  })

  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox 140 on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
      'Chrome 143 on Windows',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0',
      'Edge 143 on Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
      'Safari 26 on macOS',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
      'Safari 26 on iOS',
    ],
    ['curl/8.16.0', 'curl 8.16.0'],
    ['python-requests/2.32 (CPython)', 'python-requests 2.32'],
    ['node', 'node'],
    ['', ''],
  ])('%s', (agent, words) => expect(agentWords(agent)).toBe(words))
})
