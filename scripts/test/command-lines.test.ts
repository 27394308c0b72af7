import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandLines, secretsOnCommandLines } from './command-lines.ts'

const repository = resolve(import.meta.dirname, '../..')
const exclude = (path: string): boolean => /(^|\/)(node_modules|dist|gen|generated|printed)$/.test(path)
const filesOf = (...patterns: string[]) => globSync(patterns, { cwd: repository, exclude }).sort()
const read = (path: string) => readFileSync(join(repository, path), 'utf8')

const documents = filesOf('*.md', 'docs/**/*.md', 'spec/*.md', 'examples/*.md', 'packages/*/*.md', 'apps/**/*.md')
const texts = filesOf('spec/*.yaml', 'spec/dialects/*.yaml', 'examples/*.ts', 'apps/server/src/cli/**/*.ts').filter(
  (path) => !path.endsWith('.test.ts'),
)

/** Blocks of shell, the lines that a diff of two commands shows, what a unit starts, and commands within a sentence. */
function shellOf(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, language = '', code = '']) => {
    if (language === 'sh' || language === 'bash' || language === '') return [code]
    if (language === 'diff') return [code.replaceAll(/^[-+]/gm, '')].filter((text) => /^curl /m.test(text))
    return language === 'ini' ? [...code.matchAll(/^Exec\w+=(.*)$/gm)].map(([, line = '']) => line) : []
  })
  const prose = markdown.replaceAll(/^```[\s\S]*?^```$/gm, '')
  return [...blocks.filter((code) => !/[│▶]/.test(code)), ...commandsIn(prose)]
}

/** Commands in backticks. */
const commandsIn = (prose: string): readonly string[] =>
  [...prose.matchAll(/`((?:curl|countersign|npx|node|openssl) [^`]+)`/g)].map(([, command = '']) => command)

/** Lines of a program's text or of a contract that call curl. */
const curlLinesOf = (text: string): readonly string[] =>
  text
    .replaceAll(/\$\{curl\}/g, 'curl')
    .split('\n')
    .filter((line) => /\bcurl (-|http|\$\{)/.test(line))
    .map((line) => line.replaceAll(/\$\{\w+\}/g, 'x').replaceAll('`', ''))

describe('the command lines that are printed in this repository', () => {
  it.each(documents)('have no secret in %s', (path) => {
    expect(shellOf(read(path)).flatMap(secretsOnCommandLines)).toEqual([])
  })

  it('have no secret in the contract, in examples and in what commands print', () => {
    const lines = texts.flatMap((path) => curlLinesOf(read(path)))
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.flatMap(secretsOnCommandLines)).toEqual([])
  })

  it('are found', () => {
    const programs = documents.flatMap((path) => shellOf(read(path)).flatMap(commandLines)).map(([program]) => program)
    expect(programs.filter((program) => program === 'curl').length).toBeGreaterThan(20)
    expect(programs.filter((program) => program === 'countersign').length).toBeGreaterThan(10)
  })
})

describe('the examiner of command lines', () => {
  it.each([
    `curl -s http://h/v1/sessions -d '{"username":"owner","password":"x y z"}'`,
    `curl -s http://h/v1/sessions \\\n  -d '{"username":"owner","password":"'"$PASSWORD"'"}'`,
    'export TOKENS=$(curl -s http://h/oauth2/token -u "$BASIC")',
    'curl -s http://h -u mia:secret',
    'curl -s http://h -umia:secret',
    'curl -s http://h -H "Authorization: Bearer $T"',
    "curl -s http://h -H 'Authorization: Bearer eyJ'",
    'curl -s http://h --data-urlencode "password=$P"',
    'curl -s http://h -d "$(cat password)"',
    'X=1 countersign create-user --password hunter2-$SECRET',
    'LIST=$(countersign x "$(curl -d "token=$T")")',
    'test -f x && openssl pkcs12 -passin "pass:$P"',
  ])('finds the secret in %s', (shell) => {
    expect(secretsOnCommandLines(shell).length).toBeGreaterThan(0)
  })

  it.each([
    `printf '{"password":"%s"}' "$PASSWORD" | curl -s http://h -H 'Content-Type: application/json' -d @-`,
    `printf 'Authorization: Bearer %s' "$T" | curl -s http://h -H @-`,
    'curl -s http://h -K - <<END\nheader = "Authorization: Bearer $T"\nEND',
    'curl -s http://h --data-urlencode password@-',
    'MIA=$(head -c 18 /dev/urandom | base64)',
    'countersign backup "$BACKUPS/countersign-$(date +%F).db" # with its token: none',
    'export TOKENS=$(printf %s "$BASIC" | curl -s http://h/oauth2/token -K - -d grant_type=client_credentials)',
    'countersign create-user -u owner -g owner --password-stdin',
    'countersign() { node main.js "$@"; }',
    "awk '{ print $PASSWORD }'",
  ])('finds none in %s', (shell) => {
    expect(secretsOnCommandLines(shell)).toEqual([])
  })
})
