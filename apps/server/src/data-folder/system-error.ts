/** The system's error code, such as `EACCES`, or `undefined`. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined

/** Whether an error is a system error with this code. */
export const isSystemError = (error: unknown, code: string): boolean => systemCode(error) === code

/** The code for the end of a sentence: ` (EACCES)`, or an empty string. */
export const systemCodeNote = (error: unknown): string => {
  const code = systemCode(error)
  return code === undefined ? '' : ` (${code})`
}
