export const levels = ['patch', 'minor', 'major'] as const
export type Level = (typeof levels)[number]

/** A release cannot be made as it was asked for. The message is one line. */
export class ReleaseError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ReleaseError'
  }
}

/**
 * What has to be raised. Before 1.0.0 a minor version may break callers (Semantic Versioning 2.0.0, 4), so that nothing raises the major
 * version by itself.
 */
export function neededLevel(
  version: string,
  { breaks, adds }: { readonly breaks: boolean; readonly adds: boolean },
): Level {
  if (breaks) return version.startsWith('0.') ? 'minor' : 'major'
  return adds ? 'minor' : 'patch'
}

export function raise(version: string, level: Level): string {
  const parts = /^(\d+)\.(\d+)\.(\d+)$/.exec(version)?.slice(1).map(Number)
  if (!parts) throw new ReleaseError(`the version ${version} is not of the form 1.2.3`)
  const [major = 0, minor = 0, patch = 0] = parts
  if (level === 'major') return `${major + 1}.0.0`
  return level === 'minor' ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`
}
