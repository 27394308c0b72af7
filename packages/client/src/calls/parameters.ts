// Parameters in a URL, by the styles of OpenAPI 3 (§4.8.12.2), as openapi-fetch writes them.

/** How a parameter that is not a primitive is written. */
export interface Style {
  readonly style?: string
  readonly explode?: boolean
  /** Whether RFC 3986's reserved characters are left as they are. Default: false. */
  readonly allowReserved?: boolean
}

/** Options of a query, as of openapi-fetch's `querySerializer`. */
export interface QueryStyles {
  readonly array?: Style
  readonly object?: Style
  readonly allowReserved?: boolean
}

/** Between the parts of one parameter. */
const separators: Readonly<Record<string, string>> = { simple: ',', label: '.', matrix: ';' }
const unexploded: Readonly<Record<string, string>> = { spaceDelimited: '%20', pipeDelimited: '|' }

/** Writes a query without the question mark; what is `undefined` or `null`, or an empty list, is left out. */
export function serializeQuery(query: unknown, { array, object, allowReserved = false }: QueryStyles = {}): string {
  return Object.entries(query ?? {})
    .filter(([, value]) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => {
      const own = Array.isArray(value) ? { style: 'form', ...array } : { style: 'deepObject', ...object }
      return serialize(name, value, { explode: true, ...own, allowReserved })
    })
    .join('&')
}

/** Puts values in the place of `{name}`, `{name*}`, `{.name}` and `{;name}`. */
export function serializePath(path: string, values: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{([.;]?)([^{}]+?)(\*?)\}/g, (whole, sign: string, name: string, star: string) => {
    const value = values[name]
    if (value === undefined || value === null) return whole
    const style = { '.': 'label', ';': 'matrix' }[sign] ?? 'simple'
    if (typeof value === 'object') return serialize(name, value, { style, explode: star !== '' })
    return sign + (sign === ';' ? `${name}=` : '') + encodeURIComponent(String(value))
  })
}

function serialize(
  name: string,
  value: unknown,
  { style = '', explode = false, allowReserved = false }: Style,
): string {
  const text = (part: unknown) => (allowReserved ? String(part) : encodeURIComponent(String(part)))
  const pair = (key: string, part: unknown): string => {
    if (part === undefined || part === null) return ''
    if (typeof part === 'object') throw new TypeError('A nested parameter needs a querySerializer of its own')
    return `${key}=${text(part)}`
  }
  if (typeof value !== 'object' || value === null) return pair(name, value)
  const isList = Array.isArray(value)
  const isBare = style === 'simple' || style === 'label'
  const isDeep = style === 'deepObject'
  const sign = { label: '.', matrix: ';' }[style] ?? ''
  const entries = Object.entries(value)
  if (!explode && !isDeep) {
    const parts = entries.flatMap(([key, part]) => (isList ? text(part) : [key, text(part)]))
    return sign + (isBare ? '' : `${name}=`) + parts.join((isList && unexploded[style]) || ',')
  }
  const parts = entries.map(([key, part]) => {
    if (isList) return isBare ? text(part) : pair(name, part)
    return pair(isDeep ? `${name}[${key}]` : key, part)
  })
  return sign + parts.join(separators[style] ?? '&')
}
