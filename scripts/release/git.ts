import { execFileSync } from 'node:child_process'
import type { Commit } from './commits.ts'

const [fieldEnd, commitEnd] = ['\u001f', '\u001e']

/** What a release needs to know of the repository in this folder. */
export class Repository {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  #git(...given: string[]): string {
    return execFileSync('git', given, {
      cwd: this.#folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** The files that are not as in the last commit. */
  get changedFiles(): readonly string[] {
    return this.#git('status', '--porcelain')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : line.slice(3)))
  }

  /** The tag of the last release that this commit comes after. */
  get lastTag(): string | undefined {
    const tags = this.#git('tag', '--merged', 'HEAD', '--list', 'v[0-9]*', '--sort=-version:refname').trim().split('\n')
    return tags.find((tag) => /^v\d+\.\d+\.\d+$/.test(tag))
  }

  /** The newest first. */
  commitsSince(tag: string | undefined): readonly Commit[] {
    const range = tag === undefined ? 'HEAD' : `${tag}..HEAD`
    return this.#git('log', '--no-merges', `--format=%s${fieldEnd}%b${commitEnd}`, range)
      .split(commitEnd)
      .flatMap((text) => {
        const [subject = '', body = ''] = text.trim().split(fieldEnd)
        return subject === '' ? [] : { subject, body: body.trim() }
      })
  }

  /** The day of the last commit, so that the same commit always makes the same text. */
  get day(): string {
    return this.#git('log', '-1', '--format=%cs').trim()
  }

  fileAt(tag: string, path: string): string {
    return this.#git('show', `${tag}:${path}`)
  }
}
