import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Step } from './recipe.ts'

const run = promisify(execFile)
const leftOut = new Set(['.git', '.cache', '.turbo', 'coverage', 'dist', 'node_modules'])
const isLeftOut = (path: string): boolean => leftOut.has(basename(path)) || path === 'data'

/** A step could not be applied, or what it runs failed. */
export class StepError extends Error {
  override readonly name = 'StepError'
}

/** A copy of the repository's sources in a folder of its own, with the installed packages linked: it works without a network. */
export class ScratchCopy implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'countersign-recipe-'))

  constructor(repository: string) {
    const copy = (folder: string) => {
      mkdirSync(join(this.folder, folder), { recursive: true })
      for (const entry of readdirSync(join(repository, folder), { withFileTypes: true })) {
        const path = join(folder, entry.name)
        if (entry.name === 'node_modules') linkPackages(join(repository, path), join(this.folder, path))
        else if (isLeftOut(path)) continue
        else if (entry.isDirectory()) copy(path)
        else cpSync(join(repository, path), join(this.folder, path), { verbatimSymlinks: true })
      }
    }
    copy('.')
    mkdirSync(join(this.folder, '.cache'))
    symlinkSync(join(repository, '.cache/openapi-generator'), join(this.folder, '.cache/openapi-generator'))
  }

  /** What every file holds, as a hash, by its path. */
  state(): ReadonlyMap<string, string> {
    const state = new Map<string, string>()
    const look = (folder: string) => {
      for (const entry of readdirSync(join(this.folder, folder), { withFileTypes: true })) {
        const path = join(folder, entry.name)
        if (entry.isDirectory() && !isLeftOut(path)) look(path)
        else if (entry.isFile()) state.set(path, createHash('sha256').update(this.read(path)).digest('hex'))
      }
    }
    look('.')
    return state
  }

  /**
   * @throws StepError
   */
  async apply(step: Step): Promise<void> {
    if (step.does === 'run') return this.run(step.commands)
    const { path } = step
    if (step.does === 'delete') rmSync(join(this.folder, path), { recursive: true })
    else if (step.does === 'create') this.write(path, step.text)
    else if (step.does === 'replace') this.write(path, replaced(this.read(path), step))
    else if (step.does === 'delete lines') this.write(path, without(this.read(path), step.text, path))
    else this.write(path, inserted(this.read(path), step))
  }

  /**
   * Runs commands in a shell, as a reader would in a clone.
   *
   * @throws StepError With the end of what they printed.
   */
  async run(commands: string): Promise<void> {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_|npm_(?!config_))/.test(name))
    const env = {
      ...Object.fromEntries(inherited),
      npm_config_prefer_offline: 'true',
      npm_config_verify_deps_before_run: 'false',
    }
    const path = [join(this.folder, 'node_modules/.bin'), process.env.PATH].join(delimiter)
    const options = { cwd: this.folder, env: { ...env, PATH: path }, maxBuffer: 64 * 2 ** 20 }
    await run('sh', ['-ec', commands], options).catch(({ stdout, stderr }) => {
      const end = `${stdout}\n${stderr}`.trimEnd().split('\n').slice(-80).join('\n')
      throw new StepError(`failed:\n${commands}\n${end}`)
    })
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8')
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true })
    writeFileSync(join(this.folder, path), text)
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}

/** Files that differ between two states, sorted. */
export const touched = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).sort()

/** Links packages of this workspace to the copy, and all others to where they are installed. */
function linkPackages(from: string, to: string): void {
  mkdirSync(to)
  for (const { name } of readdirSync(from, { withFileTypes: true })) {
    if (name === '.pnpm') symlinkSync(join(from, name), join(to, name))
    else if (name === '.bin' || !name.startsWith('.')) {
      cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true })
    }
  }
}

function inserted(text: string, { path, where, line, text: block }: Step & { does: 'insert' }): string {
  const lines = text.split('\n')
  const begins = lines.flatMap((one, at) => (one.trimStart().startsWith(line) ? [at] : []))
  const [at] = begins
  if (at === undefined || begins.length > 1) throw new StepError(`${path} has ${begins.length} lines: ${line}`)
  return lines.toSpliced(where === 'before' ? at : at + 1, 0, ...block.split('\n').slice(0, -1)).join('\n')
}

function replaced(text: string, { path, text: old, by }: Step & { does: 'replace' }): string {
  const parts = text.split(old)
  if (parts.length !== 2) throw new StepError(`${path} has ${parts.length - 1} times: ${old}`)
  return parts.join(by)
}

function without(text: string, block: string, path: string): string {
  const parts = `\n${text}`.split(`\n${block}`)
  if (parts.length !== 2) throw new StepError(`${path} has ${parts.length - 1} times:\n${block}`)
  return parts.join('\n').slice(1)
}
