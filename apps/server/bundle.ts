// The program as a few modules that need nothing but Node.js: loading some hundred files takes longer than all else at a start.
import { join } from 'node:path'
import { type OutputOptions, type Plugin, rolldown } from 'rolldown'

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

/** Module by module, so that stack traces can be read. */
export const output: OutputOptions = {
  format: 'es',
  comments: false,
  // The worker's program is a file of its own: the worker starts the module that it was made in.
  codeSplitting: { groups: [{ name: 'quick-check', test: /\/quick-check\.ts$/ }] },
}

export interface Bundling {
  /** The sources of the modules, by name. */
  readonly input: Readonly<Record<string, string>>
  readonly into: string
  /** Before the name of each module. Default: none. */
  readonly prefix?: string
  readonly plugins?: readonly Plugin[]
}

/** Writes the modules. @throws Error for whatever the bundler warns about. */
export async function bundleServer({ input, into, prefix = '', plugins = [] }: Bundling) {
  const program = await rolldown({
    cwd: join(import.meta.dirname, '../..'),
    input,
    platform: 'node',
    // The bundler adds `import` or `require`, by how a module is asked for.
    resolve: { conditionNames: ['countersign', 'node'] },
    plugins: [leavingOut, ...plugins],
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message)
    },
  })
  const names = { entryFileNames: '[name].js', chunkFileNames: `${prefix}[name].js` }
  const written = await program.write({ ...output, ...names, dir: into })
  await program.close()
  return written
}
