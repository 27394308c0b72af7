// The languages in which one document prints its snippets, and how a reader runs a snippet.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, runProgram, runs } from './printed.ts'

export interface Language {
  readonly name: string
  /** Of its snippets: `issue.go`. */
  readonly extension: string
  /** What has to be there. */
  readonly needs: string
  isHere(): Promise<boolean>
  /** Runs a program to its end, compiling it first where that is needed. */
  run(source: string, folder: string): Promise<Ended>
}

let programs = 0

/** A file of its own for a program. */
function written(source: string, folder: string, extension: string): string {
  const file = join(folder, `program-${++programs}.${extension}`)
  writeFileSync(file, source)
  return file
}

function language(
  name: string,
  extension: string,
  [command, ...args]: readonly [string, ...string[]],
  { what, check: [checker, ...checked] }: { readonly what: string; readonly check: readonly [string, ...string[]] },
): Language {
  let here: Promise<boolean> | undefined
  return {
    name,
    extension,
    needs: what,
    isHere: () => {
      here ??= runs(checker, checked)
      return here
    },
    run: (source, folder) => runProgram(command, [...args, written(source, folder, extension)], folder),
  }
}

export const go = language('Go', 'go', ['go', 'run'], { what: 'go', check: ['go', 'version'] })
// A source file is run by its compiler (JEP 330), which a bare runtime has not.
export const java = language('Java', 'java', ['java'], { what: 'java with its compiler', check: ['javac', '-version'] })
export const javaScript = language('JavaScript', 'js', [process.execPath], {
  what: 'node',
  check: [process.execPath, '--version'],
})
export const python = language('Python', 'py', ['python3'], {
  what: 'python3 with requests',
  check: ['python3', '-c', 'import requests'],
})
// Without warnings: those of its libraries are no answer of the snippet.
export const ruby = language('Ruby', 'rb', ['ruby', '-W0'], {
  what: 'ruby with rest-client',
  check: ['ruby', '-e', "require 'rest-client'"],
})
