import type { Mix } from './open-loop.ts'

const alone = (operation: Mix['parts'][number]['operation']): Mix => ({
  name: operation,
  parts: [{ operation, share: 1 }],
})

/** Each operation alone. */
export const operationsAlone: readonly Mix[] = [alone('introspect-opaque'), alone('issue-jwt'), alone('refresh')]

/** What a server of APIs is asked in the course of a day: many checks of few tokens, and few logins. */
export const mixed: readonly Mix[] = [
  {
    name: 'mixed',
    parts: [
      { operation: 'introspect-opaque', share: 80 },
      { operation: 'issue-jwt', share: 15 },
      { operation: 'refresh', share: 4.5 },
      { operation: 'login', share: 0.5 },
    ],
  },
]
