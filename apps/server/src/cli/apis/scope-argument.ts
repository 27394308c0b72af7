import { type ApiScope, type Role, roles } from '@countersign/core'
import { oneOfWords, UsageError } from '../command/arguments.ts'

/**
 * Reads `NAME[=ROLE] DESCRIPTION`. A scope's name has no space (RFC 6749 §3.3), so the first space ends it. It may have colons
 * and `=`: the last `=` before the space begins the role.
 *
 * @throws UsageError
 */
export function readScopeArgument(text: string, usage: string): ApiScope {
  const [, head = '', description = ''] = /^(\S+)\s+(\S.*)$/s.exec(text.trim()) ?? []
  if (head === '') throw new UsageError('--scope is written "NAME[=ROLE] DESCRIPTION"', usage)
  const at = head.lastIndexOf('=')
  if (at < 0) return { name: head, description, leastRole: 'viewer' }
  const leastRole: Role = oneOfWords(head.slice(at + 1), roles, 'the role in --scope "NAME=ROLE DESCRIPTION"', usage)
  return { name: head.slice(0, at), description, leastRole }
}
