/** The system's word for an error, such as `EACCES`; `undefined` if it has none. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined

/** Whether an error is the system's, of this code. */
export const isSystemError = (error: unknown, code: string): boolean => systemCode(error) === code

/** The same for the end of a sentence: ` (EACCES)`, or nothing. */
export const systemCodeNote = (error: unknown): string => {
  const code = systemCode(error)
  return code === undefined ? '' : ` (${code})`
}
