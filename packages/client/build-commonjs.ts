/**
 * Adds the CommonJS build, `DIST/cjs`, made from the ES modules: for `require` where a runtime cannot load ES modules by
 * it, such as Jest.
 *
 *     node build-commonjs.ts DIST
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

const [dist = 'dist'] = process.argv.slice(2)
const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 }
const files = readdirSync(dist, { recursive: true }) as string[]

for (const file of files.filter((name) => !name.startsWith('cjs') && /\.(js|d\.ts)$/.test(name))) {
  const target = join(dist, 'cjs', file)
  mkdirSync(dirname(target), { recursive: true })
  // Declarations are the same in both: the manifest beside them says how their imports are resolved.
  if (file.endsWith('.d.ts')) cpSync(join(dist, file), target)
  else writeFileSync(target, ts.transpileModule(readFileSync(join(dist, file), 'utf8'), { compilerOptions }).outputText)
}
writeFileSync(join(dist, 'cjs/package.json'), '{ "type": "commonjs" }\n')
