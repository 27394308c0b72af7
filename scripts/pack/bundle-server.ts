// The server and everything that it imports, as a few modules that need nothing but Node.js.
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'
import { bundleServer as bundleServerCode, output } from '../../apps/server/bundle.ts'

/** The files that the server reads are in other places in the package. */
const withFilesBeside = (server: string): Plugin => ({
  name: 'files-beside',
  resolveId: (id) => (/\/carried-files\.ts$/.test(id) ? join(server, 'src/carried-files.packed.ts') : undefined),
})

/**
 * Writes the modules and their types.
 *
 * @returns The files of other packages whose code or types are in them.
 */
export async function bundleServer(root: string, into: string): Promise<readonly string[]> {
  const server = join(root, 'apps/server')
  const code = await bundleServerCode({
    input: { program: join(server, 'src/main.ts'), index: join(server, 'src/index.ts') },
    into,
    plugins: [withFilesBeside(server)],
  })
  const types = await rolldown({
    cwd: root,
    input: { index: join(server, 'dist/index.d.ts') },
    platform: 'node',
    resolve: { conditionNames: ['types', 'node', 'import', 'default'] },
    plugins: [dts({ dtsOnly: true, tsconfig: false })],
  })
  const declarations = await types.write({ ...output, entryFileNames: '[name].js', dir: into })
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
