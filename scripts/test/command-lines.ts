// What programs are given on their command lines, where every user of the machine can read it: which of it is a secret?

/** Parts of the shell: no process is started, so their arguments are in no list of processes. */
const builtins = new Set([
  'printf',
  'echo',
  'read',
  'export',
  'cd',
  'set',
  'test',
  '[',
  'true',
  'unset',
  'umask',
  'local',
])

/** What may be in an argument: a place, a day, and the key of a retry, which opens nothing without its refresh token. */
const harmlessVariables = new Set([
  'COUNTERSIGN_DATA',
  'BACKUPS',
  'KEYS',
  'FOLDER',
  'DATA',
  'RETRY_KEY',
  'PWD',
  '@',
  'LOG',
  'KID',
  'USER_ID',
  'CLIENT_ID',
])
const harmlessCommands = new Set(['date', 'mktemp', 'pwd'])

/** A header, a member or a field that holds one, with a value of its own beside it. */
const literal =
  /(?:authorization|x-auth-token|cookie)\s*:\s*\S|(?:password|secret|token|code|passphrase)["']?\s*[:=]\s*["']?[^\s"'@]/i
const userWithPassword = /^(?:-u|--user)$/

/** One program and its arguments, without quotes; `$(…)` in an argument is left as it is, and `\$` is a dollar sign. */
export type CommandLine = readonly string[]

/**
 * The secrets on the command lines of a piece of shell.
 *
 * @returns Each as `program: argument`.
 */
export function secretsOnCommandLines(shell: string): string[] {
  return commandLines(shell).flatMap((words) => {
    const [program = '', ...args] = words.filter((_word, at) => !isAssignment(words, at))
    if (builtins.has(program) || /^\w+\(\)$/.test(program)) return []
    return args.filter((argument, at) => isSecret(argument, args[at - 1])).map((argument) => `${program}: ${argument}`)
  })
}

const isAssignment = (words: CommandLine, at: number): boolean =>
  words.slice(0, at + 1).every((word) => /^\w+=/.test(word))

function isSecret(argument: string, before: string | undefined): boolean {
  const variables = [...argument.matchAll(/(?<!\\)\$\{?(\w+|@)/g)].map(([, name = '']) => name)
  const commands = [...argument.matchAll(/(?<!\\)\$\(\s*([\w./-]+)/g)].map(([, name = '']) => name)
  return (
    variables.some((name) => !harmlessVariables.has(name)) ||
    commands.some((name) => !harmlessCommands.has(name)) ||
    literal.test(argument.replace(/^--?[\w-]+=?/, '')) ||
    (before !== undefined && userWithPassword.test(before) && argument.includes(':')) ||
    /^-u.*:/.test(argument)
  )
}

/** Every command of a piece of shell, those within `$(…)` too, without here-documents, redirections and comments. */
export function commandLines(shell: string): CommandLine[] {
  const text = withoutHereDocuments(shell).replaceAll(/\\\n/g, ' ')
  const found: string[][] = [[]]
  let word: string | undefined
  const endWord = () => {
    if (word !== undefined) found.at(-1)?.push(word)
    word = undefined
  }
  const endCommand = () => {
    endWord()
    found.push([])
  }
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === '#' && word === undefined) {
      at = until(text, '\n', at) - 1
    } else if (character === "'") {
      const end = until(text, "'", at + 1)
      word = (word ?? '') + text.slice(at + 1, end).replaceAll('$', '\\$')
      at = end
    } else if (character === '"') {
      const end = endOfQuoted(text, at + 1)
      const quoted = text.slice(at + 1, end)
      word = (word ?? '') + quoted.replaceAll(/\\(["\\])/g, '$1')
      found.unshift(...nested(quoted))
      at = end
    } else if (text.startsWith('$(', at)) {
      const end = closing(text, at + 2)
      word = (word ?? '') + text.slice(at, end + 1)
      found.unshift(...commandLines(text.slice(at + 2, end)).map((words) => [...words]))
      at = end
    } else if (/[|;&\n(){}]/.test(character) && !(character === '{' && word?.endsWith('$'))) {
      if (character === '(' && text[at + 1] === ')') {
        word = `${word ?? ''}()`
        at++
      } else if (character === '}' && word?.includes('${')) word += character
      else endCommand()
    } else if (/\s/.test(character)) endWord()
    else word = (word ?? '') + character
  }
  endWord()
  return found.filter((words) => words.length > 0)
}

const until = (text: string, sought: string, from: number): number => {
  const at = text.indexOf(sought, from)
  return at < 0 ? text.length : at
}

function nested(quoted: string): string[][] {
  const at = quoted.indexOf('$(')
  if (at < 0) return []
  const end = closing(quoted, at + 2)
  return [...commandLines(quoted.slice(at + 2, end)).map((words) => [...words]), ...nested(quoted.slice(end))]
}

/** Where the parenthesis that was opened before `from` is closed; quotes are skipped. */
function closing(text: string, from: number): number {
  for (let at = from, depth = 1; at < text.length; at++) {
    if (text[at] === "'") at = until(text, "'", at + 1)
    else if (text[at] === '"') at = endOfQuoted(text, at + 1)
    else if (text[at] === '(') depth++
    else if (text[at] === ')' && --depth === 0) return at
  }
  return text.length
}

function endOfQuoted(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text.startsWith('$(', at)) at = closing(text, at + 2)
    else if (text[at] === '"') return at
  }
  return text.length
}

/** The bodies of here-documents are standard input. */
const withoutHereDocuments = (shell: string): string =>
  shell.replaceAll(/(<<-?\s*(['"]?)(\w+)\2[^\n]*)\n(?:[\s\S]*?\n)??\s*\3(?=\n|$)/g, '$1')
