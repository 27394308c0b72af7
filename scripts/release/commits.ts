// Conventional Commits: what a change is, and whether it breaks callers.

export interface Change {
  readonly type: string
  readonly scope: string | undefined
  readonly subject: string
  /** What breaks, in the words of the commit; `undefined` if nothing does. */
  readonly breaks: string | undefined
}

/** One commit as `git log` has it. */
export interface Commit {
  readonly subject: string
  readonly body: string
}

const header = /^(?<type>[a-z]+)(?:\((?<scope>[^()]+)\))?(?<mark>!)?: (?<subject>.+)$/
const footer = /^BREAKING[ -]CHANGE: (?<text>[\s\S]+?)(?=\n\n|\n[\w-]+: |$(?![\s\S]))/m

/** `undefined` for a commit of another form, such as a merge. */
export function changeOf({ subject, body }: Commit): Change | undefined {
  const { groups } = header.exec(subject) ?? {}
  if (!groups) return undefined
  const { type = '', scope, mark, subject: text = '' } = groups
  const stated = footer.exec(body)?.groups?.text?.replaceAll(/\s+/g, ' ').trim()
  return { type, scope, subject: text, breaks: stated ?? (mark === undefined ? undefined : text) }
}
