import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'

export interface Breach {
  readonly path: string
  readonly fault: string
}

/** The facts about one file that the law needs. */
export interface SourceFile {
  /** From the workspace's root, with slashes. */
  readonly path: string
  readonly lines: number
  /** Every module that it imports: static, dynamic and in types. */
  readonly imports: readonly string[]
  readonly hasDefaultExport: boolean
  /** Its direct uses of the environment: clocks, timers, randomness, the process. */
  readonly environmentUses: readonly string[]
  /** Whether it takes a member `store` from anything: the domain's ports, past the use cases. */
  readonly reachesStore: boolean
  readonly isTest: boolean
}

const skipped = new Set(['node_modules', 'dist', 'generated', 'gen', 'coverage', 'data'])

/** All TypeScript files below the folder, except generated ones. */
export function sourceFilesOf(root: string): readonly SourceFile[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !path.split('/').some((part) => skipped.has(part) || part.startsWith('.')))
    .toSorted()
    .map((path) => sourceFileOf(path, readFileSync(join(root, path), 'utf8')))
}

function sourceFileOf(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
  return {
    path,
    lines: text.split('\n').length - 1,
    imports: importsOf(text),
    hasDefaultExport: defaultExport(tree),
    environmentUses: [...new Set(environmentUsesIn(tree, tree))],
    reachesStore: reachesStore(tree),
    isTest: /\.(test|test-d|e2e)\.tsx?$/.test(path) || /\/(testing|test|conformance)\//.test(path),
  }
}

const importsOf = (text: string): readonly string[] => {
  const { importedFiles } = ts.preProcessFile(text, true, true)
  return [...new Set(importedFiles.map((file) => file.fileName))]
}

const environmentCalls = /^(Date\.now|Math\.random|performance\.now|process\.\w+|setTimeout|setInterval|setImmediate)$/
/** Exports of `node:crypto` that draw random bytes, generate keys or are slow by design. */
const environmentImports = /^(random|generate|getRandom|argon2|scrypt|pbkdf2)/

function environmentUsesIn(node: ts.Node, tree: ts.SourceFile): string[] {
  const inside: string[] = []
  ts.forEachChild(node, (child) => void inside.push(...environmentUsesIn(child, tree)))
  if (ts.isPropertyAccessExpression(node) || (ts.isCallExpression(node) && ts.isIdentifier(node.expression))) {
    const name = (ts.isCallExpression(node) ? node.expression : node).getText(tree)
    if (environmentCalls.test(name)) inside.push(name)
  }
  if (ts.isNewExpression(node) && node.expression.getText(tree) === 'Date') inside.push('new Date')
  if (ts.isImportSpecifier(node)) {
    const name = (node.propertyName ?? node.name).text
    if (environmentImports.test(name)) inside.push(name)
  }
  return inside
}

const reachesStore = (node: ts.Node): boolean => {
  if (ts.isPropertyAccessExpression(node) && node.name.text === 'store') return true
  if (ts.isBindingElement(node)) {
    const name = node.propertyName ?? node.name
    if (ts.isIdentifier(name) && name.text === 'store') return true
  }
  return ts.forEachChild(node, (child) => reachesStore(child) || undefined) ?? false
}

function defaultExport({ statements }: ts.SourceFile): boolean {
  return statements.some((statement) => {
    if (ts.isExportAssignment(statement)) return true
    if (ts.isExportDeclaration(statement)) {
      const { exportClause } = statement
      return (
        exportClause !== undefined &&
        ts.isNamedExports(exportClause) &&
        exportClause.elements.some((element) => element.name.text === 'default')
      )
    }
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
    return modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword)
  })
}
