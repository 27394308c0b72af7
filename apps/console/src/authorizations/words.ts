import { t, wordFor } from '../language/messages.ts'
import type { Authorization } from '../state/api.ts'
import { agentWords } from './agent.ts'

const day = 86_400
const soonSeconds = 7 * day
const unusedSeconds = 90 * day

/** What it is called: by its maker, or what it is. */
export const nameOf = (row: Authorization): string =>
  row.label ?? deviceOf(row) ?? t('authorization.unnamed', { kind: kindOf(row.kind), via: viaOf(row) })

/** The browser or program that a session was last used with. */
export function deviceOf(row: Authorization): string | undefined {
  const agent = row.kind === 'session' ? row.last_used_from?.user_agent : undefined
  if (!agent) return undefined
  const via = viaOf(row)
  return row.client_name === null && row.dialect === 'native'
    ? agentWords(agent)
    : t('authorization.unnamed', { kind: agentWords(agent), via })
}

/** Through what it was issued. */
export const viaOf = ({ client_id: client, client_name: name, dialect }: Authorization): string =>
  name ?? (isOwn(client) ? wordFor('dialect', dialect) : client)

/** The protocol and the client; once, where both are this server. */
export const throughOf = (row: Authorization): string => {
  const [dialect, via] = [wordFor('dialect', row.dialect), viaOf(row)]
  return dialect === via ? via : `${dialect} · ${via}`
}

const isOwn = (client: string): boolean => client === 'countersign'

export const kindOf = (kind: string): string => wordFor('kind', kind)

/** What a scope permits at this server, in words. */
export const scopeWords = (scope: string): string => {
  const values = scope.split(' ').filter(Boolean)
  if (values.length === 0) return t('scope.none')
  return values.map((value) => wordFor('scope', value)).join(', ')
}

export type State = 'ended' | 'current' | 'expires_soon' | 'unused' | 'endless' | 'active'

/** What its owner should know about it: the first that applies. */
export function stateOf(row: Authorization, now: number): State {
  const { active, current, expires_at: expires, last_used_at: used, created_at: created } = row
  if (!active) return 'ended'
  if (current) return 'current'
  if (expires !== null && expires - now < soonSeconds) return 'expires_soon'
  if (now - (used ?? created) > unusedSeconds) return 'unused'
  return expires === null ? 'endless' : 'active'
}

const tones: Readonly<Partial<Record<State, 'good' | 'plain'>>> = { active: 'good', current: 'good', ended: 'plain' }

export const toneOf = (state: State): 'good' | 'plain' | 'warning' => tones[state] ?? 'warning'
