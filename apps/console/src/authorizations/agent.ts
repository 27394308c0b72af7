import { t } from '../language/messages.ts'

type Named = readonly [pattern: RegExp, name: string]

/** In this order: each browser also names those that it is like. */
const browsers: readonly Named[] = [
  [/\bEdg(?:e|A|iOS)?\/(\d+)/, 'Edge'],
  [/\b(?:OPR|Opera)\/(\d+)/, 'Opera'],
  [/\bSamsungBrowser\/(\d+)/, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari\//, 'Safari'],
]

const systems: readonly Named[] = [
  [/\b(?:iPhone|iPad|iPod)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** What a `User-Agent` names, in words: a browser with its system, or the first product (RFC 9110 §10.1.5). */
export function agentWords(agent: string): string {
  for (const [pattern, name] of browsers) {
    const found = pattern.exec(agent)
    if (!found) continue
    const browser = `${name} ${found[1]}`
    const system = systems.find(([one]) => one.test(agent))?.[1]
    return system === undefined ? browser : t('origin.browser', { browser, system })
  }
  const [product = ''] = agent.trim().split(/[\s(]/)
  return product.replace('/', ' ')
}
