import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isCommonPassword } from '../../apps/server/src/adapters/common-passwords.ts'
import { requireAcceptablePassword } from '../../packages/core/src/authentication/password-rules.ts'

const repository = resolve(import.meta.dirname, '../..')
const documents = ['*.md', 'docs/**/*.md', 'packages/client/README.md', 'apps/server/src/dialects/*/README.md']
const examples = ['examples/**/*.{ts,md}', 'spec/*.yaml', 'spec/dialects/*.yaml']
const constants = ['{apps,packages,proofs,bench,campaigns,examples}/**/*.ts']

const exclude = (path: string): boolean => /(^|\/)(node_modules|dist)$/.test(path)
const textsOf = (patterns: readonly string[]): readonly string[] =>
  globSync([...patterns], { cwd: repository, exclude }).map((path) => readFileSync(join(repository, path), 'utf8'))
const found = (texts: readonly string[], pattern: RegExp): readonly string[] =>
  texts.flatMap((text) => [...text.matchAll(pattern)].map(([, password = '']) => password.trim()))

/** `password: …`, `new_password: …`, quoted or not, as documents, programs and the contract's examples have it. */
const member = /(?:\b|_)password"?: ?['"]?([^'"{}[\],\n$]+)/gi
/** `const goodPassword = '…'`: with these tests log in. */
const constant = /const \w*Password = '([^']+)'/g

/** What looks like one in a document, and is a type, a reference or a sentence. */
const isPassword = (text: string): boolean => /^\p{Ll}+( \p{Ll}+){2,6}$/u.test(text)

describe('the passwords that are printed in this repository', () => {
  const printed = new Set([
    ...found(textsOf([...documents, ...examples]), member).filter(isPassword),
    ...found(textsOf(constants), constant).filter((password) => !password.includes('dishonest')),
  ])

  it('are found', () => {
    const known = ['correct horse battery staple', 'a quiet lighthouse keeps its own hours', 'correct horse battery']
    expect([...printed]).toEqual(
      expect.arrayContaining([...known, 'staple battery horse', 'a long and honest password']),
    )
  })

  it.each([...printed])('N-379 is acceptable as the only factor: %s', (password) => {
    for (const username of ['owner', 'ada', 'grace', 'mia', 'alice', 'BR0kEN']) {
      const user = { username, requiredFactors: ['password'] } as const
      const deps = { isCommonPassword, issuer: 'http://127.0.0.1:4300' }
      expect(requireAcceptablePassword(password, user, deps)).toBe(true)
    }
  })
})
