import type { GroupFigures } from './measure.ts'

export function renderVerification(groups: readonly GroupFigures[]): string {
  const lines = [
    'The verifier beside others, in one process, one token after the other, taking turns; medians of the rounds.',
  ]
  for (const { name, rounds, sides } of groups) {
    lines.push(
      '',
      `${name.padEnd(24)} ${'tokens/s'.padStart(10)} ${'cpu µs'.padStart(8)}  ratio    cpu  (${rounds} rounds)`,
    )
    for (const { name: side, perSecond, cpuMicroseconds, ratio, cpuRatio, does } of sides) {
      const figures = [Math.round(perSecond).toString().padStart(10), cpuMicroseconds.toFixed(2).padStart(8)]
      const ratios = [ratio, cpuRatio].map((value) => (value === null ? '–' : value.toFixed(2)).padStart(5))
      lines.push(`  ${side.padEnd(22)} ${figures.join(' ')}  ${ratios.join('  ')}  ${does}`)
    }
  }
  return [...lines, '', 'ratio: tokens a second by those of subtle.verify. cpu: the same by CPU time a token.'].join(
    '\n',
  )
}
