import type { Cluster } from './cluster.ts'

type Parameter = string | number | null

/** Runs a statement with `?` in a database, as another program, as one would on SQLite. */
export const ask = (
  cluster: Cluster,
  database: string,
  text: string,
  parameters: readonly Parameter[],
): Record<string, unknown>[] => {
  const whole = inlined(text, parameters)
  if (!/^select /i.test(whole)) {
    cluster.runIn(database, whole)
    return []
  }
  return JSON.parse(cluster.runIn(database, `select coalesce(json_agg(found), '[]') from (${whole}) as found`))
}

const inlined = (text: string, parameters: readonly Parameter[]): string => {
  const left = [...parameters]
  return text.replaceAll('?', () => {
    const value = left.shift() ?? null
    return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
  })
}
