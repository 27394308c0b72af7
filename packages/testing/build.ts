/**
 * Makes the published files: one module with the server in it, and the declarations of the public surface. What comes from the
 * registry stays outside of it, as the dependencies of the manifest.
 *
 *     node build.ts DIST
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'
import ts from 'typescript'

const home = import.meta.dirname
const dist = resolve(process.argv[2] ?? join(home, 'dist'))
const { dependencies } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>
}

const outside = Object.keys(dependencies)
const isOutside = (id: string): boolean =>
  id.startsWith('node:') || outside.some((name) => id === name || id.startsWith(`${name}/`))

/** Files that the server reads beside itself become part of the module. */
const carried: readonly { readonly file: string; readonly call: string; readonly module: string }[] = [
  {
    file: 'apps/server/src/carried-files.ts',
    call: "createRequire(import.meta.url)('@countersign/spec/openapi.json')",
    module: join(home, '../../spec/gen/openapi.json'),
  },
  {
    file: 'apps/server/src/version.ts',
    call: "createRequire(import.meta.url)('../package.json')",
    module: join(home, '../../apps/server/package.json'),
  },
]

/** The test server has no containers and no database server, so the clients of both are left out. */
const leftOut: Readonly<Record<string, string>> = {
  '\0containers': "export const dockerDriver = () => { throw new Error('the test server has no containers') }",
  '\0postgres': "export const openPostgres = () => { throw new Error('the test server has no database server') }",
}

const leftOutAs = (id: string): string | undefined => {
  if (id === '@countersign/resources/docker') return '\0containers'
  return id.endsWith('/engine/postgres/postgres-engine.ts') ? '\0postgres' : undefined
}

const carrying: Plugin = {
  name: 'carry-files',
  resolveId: leftOutAs,
  load: (id) => leftOut[id],
  transform(code, id) {
    const place = relative(join(home, '../..'), id)
    const found = carried.find(({ file }) => file === place)
    if (!found) return undefined
    if (!code.includes(found.call)) throw new Error(`${found.file} does not contain ${found.call}`)
    // Text is read faster than a literal is compiled.
    const text = JSON.stringify(JSON.stringify(JSON.parse(readFileSync(found.module, 'utf8'))))
    return code.replace(found.call, () => `JSON.parse(${text})`)
  },
}

async function bundle(): Promise<void> {
  const made = await rolldown({
    input: join(home, 'src/index.ts'),
    platform: 'node',
    external: isOutside,
    // The bundler adds `import` or `require`, by how a module is asked for.
    resolve: { conditionNames: ['countersign', 'node'] },
    plugins: [carrying],
    logLevel: 'warn',
  })
  // One file, whatever is imported on request.
  await made.write({ file: join(dist, 'index.js'), format: 'es', codeSplitting: false, comments: false })
  await made.close()
}

/** The declarations that the entry reaches. Each is made of its file alone, so none can name what is not published. */
function declare(file: string, done = new Set<string>()): void {
  if (done.has(file)) return
  done.add(file)
  const source = readFileSync(join(home, 'src', file), 'utf8')
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, isolatedDeclarations: true }
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(source, { compilerOptions, fileName: file })
  const [fault] = diagnostics
  if (fault) throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(fault.messageText, '\n')}`)
  const text = outputText.replaceAll(/from (['"])\.\/([\w-]+)\.ts\1/g, (_whole, _quote, name: string) => {
    declare(`${name}.ts`, done)
    return `from './${name}.js'`
  })
  const foreign = /^(?:import|export) .*from ['"]([^.'"][^'"]*)['"]/m.exec(text)
  if (foreign) throw new Error(`${file}: its declaration names ${foreign[1]}`)
  writeFileSync(join(dist, `${basename(file, '.ts')}.d.ts`), text)
}

rmSync(dist, { recursive: true, force: true })
await bundle()

declare('index.ts')
