import { isIPv6 } from 'node:net'
import { isHost } from './host-name.ts'

/** How the text of one setting becomes a value. */
export interface SettingType<T> {
  /** Placeholder for the value in help texts, e.g. `PORT`; `undefined` if the flag takes no value. */
  readonly placeholder: string | undefined
  /** Describes a valid value, e.g. `a whole number from 0 to 65535`. Part of the error message. */
  readonly words: string
  /** Returns `undefined` if the text is invalid. */
  parse(text: string): T | undefined
}

/** Why a setting, or some of its values, will be removed in a later version. Until then it has its effect. */
export interface Deprecation {
  /** The flag or variable that takes its place, as `--port`; `undefined` if none is needed. */
  readonly instead: string | undefined
  /** Only these values are deprecated. Default: the setting. */
  readonly values?: readonly string[]
}

/** One setting. Flag and variable are named after its key: `retryWindowSeconds` is `--retry-window-seconds`. */
export interface Setting<T> {
  readonly type: SettingType<T>
  /** Unit for the documentation, e.g. `seconds`. */
  readonly unit?: string
  /** The default. `undefined` if it follows from other settings or there is none. */
  readonly fallback: T | undefined
  /** The default in words, where it differs from `fallback`. */
  readonly fallbackWords?: string
  /** What the setting is for, and the reason for its default. */
  readonly reason: string
  /** A start with it logs `deprecated`. */
  readonly deprecated?: Deprecation
  /** Whether messages and lists must not have the value. */
  readonly secret?: boolean
}

export const text = (
  placeholder: string,
  words: string,
  accepts: (value: string) => boolean = () => true,
): SettingType<string> => ({
  placeholder,
  words,
  parse: (value) => (value.trim() === value && value.length <= 4096 && accepts(value) ? value : undefined),
})

export const wholeNumber = (placeholder: string, least: number, most: number): SettingType<number> => ({
  placeholder,
  words: `a whole number from ${least} to ${most}`,
  parse: (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
    return number >= least && number <= most ? number : undefined
  },
})

/** A number within bounds, or 0, which switches something off. */
export const zeroOr = (placeholder: string, least: number, most: number): SettingType<number> => {
  const bounded = wholeNumber(placeholder, least, most)
  return { ...bounded, words: `0, or ${bounded.words}`, parse: (value) => (value === '0' ? 0 : bounded.parse(value)) }
}

export const oneOf = <const T extends string>(values: readonly T[]): SettingType<T> => ({
  placeholder: values.join('|'),
  words: `one of ${values.join(', ')}`,
  parse: (value) => values.find((candidate) => candidate === value),
})

/** A flag that turns something on; the variable is `on` or `off`. */
export const presence: SettingType<boolean> = {
  placeholder: undefined,
  words: 'on or off',
  parse: (value) => (value === 'on' ? true : value === 'off' ? false : undefined),
}

export const onOff: SettingType<boolean> = { ...presence, placeholder: 'on|off' }

/** A list separated by commas, without repetitions. */
export const listOf = (
  placeholder: string,
  words: string,
  accepts: (item: string) => boolean,
): SettingType<readonly string[]> => ({
  placeholder,
  words: `a list of ${words}, separated by commas`,
  parse: (value) => {
    const items = value.split(',').map((item) => item.trim())
    return items.every(accepts) && new Set(items).size === items.length ? items : undefined
  },
})

export interface HostAndPort {
  /** An address without brackets, or a host name. */
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:9464`, `localhost:9464`, `[::1]:9464`. */
export const hostAndPort: SettingType<HostAndPort> = {
  placeholder: 'HOST:PORT',
  words: 'an address or a host name with a port, as 127.0.0.1:9464 or [::1]:9464',
  parse: (value) => {
    const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value) ?? []
    const host = bracketed ?? plain ?? ''
    const port = Number(digits)
    const valid = (bracketed === undefined ? isHost(host) : isIPv6(host)) && port <= 65_535
    return valid ? { host, port } : undefined
  },
}

/** Infers `T` from the type only, so that a default of another type does not compile. */
export const setting = <const T>(described: Setting<T> & { readonly fallback: NoInfer<T> | undefined }): Setting<T> =>
  described
