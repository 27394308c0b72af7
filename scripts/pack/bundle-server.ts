// The server and everything that it imports, as a few modules that need nothing but Node.js.
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { type OutputOptions, type Plugin, rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'

/**
 * Parts of dockerode that the driver of droplets does not use: it speaks to a socket, by HTTP. They are large, and the first contains
 * native code. And what `pg` can use in place of its own JavaScript.
 */
const unused = /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|pg-native|pg-cloudflare)(\/|$)/
const absent = '\0absent.cjs'

const leavingOut: Plugin = {
  name: 'leave-out',
  resolveId: (id) => (unused.test(id) ? absent : undefined),
  load: (id) => (id === absent ? 'module.exports = {}' : undefined),
}

/** The files that the server reads are in other places in the package. */
const withFilesBeside = (server: string): Plugin => ({
  name: 'files-beside',
  resolveId: (id) => (/\/carried-files\.ts$/.test(id) ? join(server, 'src/carried-files.packed.ts') : undefined),
})

/** The worker's program is a file of its own: the worker starts the module that it was made in. */
const output: OutputOptions = {
  format: 'es',
  comments: false,
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  codeSplitting: { groups: [{ name: 'quick-check', test: /\/quick-check\.ts$/ }] },
}

/**
 * Writes the modules and their types.
 *
 * @returns The files of other packages whose code or types are in them.
 */
export async function bundleServer(root: string, into: string): Promise<readonly string[]> {
  const server = join(root, 'apps/server')
  const program = await rolldown({
    cwd: root,
    input: { main: join(server, 'src/main.ts'), index: join(server, 'src/index.ts') },
    platform: 'node',
    // The bundler adds `import` or `require`, by how a module is asked for.
    resolve: { conditionNames: ['countersign', 'node'] },
    plugins: [leavingOut, withFilesBeside(server)],
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message)
    },
  })
  const code = await program.write({ ...output, dir: into })
  await program.close()
  const types = await rolldown({
    cwd: root,
    input: { index: join(server, 'dist/index.d.ts') },
    platform: 'node',
    resolve: { conditionNames: ['types', 'node', 'import', 'default'] },
    plugins: [dts({ dtsOnly: true, tsconfig: false })],
  })
  const declarations = await types.write({ ...output, dir: into })
  await types.close()
  requireNothingElse([code, declarations])
  return [code, declarations].flatMap(modulesOf).filter((file) => file.includes('/node_modules/'))
}

type Written = Awaited<ReturnType<Awaited<ReturnType<typeof rolldown>>['write']>>
const chunksOf = ({ output: written }: Written) => written.filter((file) => file.type === 'chunk')
const modulesOf = (written: Written) =>
  chunksOf(written).flatMap(({ modules }) =>
    Object.entries(modules).flatMap(([id, { renderedLength }]) => (renderedLength > 0 ? [id] : [])),
  )

/** @throws Error if a module would be looked for in another package. */
function requireNothingElse(all: readonly Written[]): void {
  const own = new Set(all.flatMap(chunksOf).map(({ fileName }) => fileName))
  for (const { fileName, imports, dynamicImports } of all.flatMap(chunksOf)) {
    for (const name of [...imports, ...dynamicImports]) {
      if (!own.has(name) && !isBuiltin(name)) throw new Error(`${fileName} imports ${name}`)
    }
  }
}
