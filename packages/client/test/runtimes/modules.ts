import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** An installed module, for who does not look for it in folders. */
export interface Module {
  /** As it is imported, or below its package's name. */
  readonly name: string
  /** Below the folder in which the client is installed. */
  readonly file: string
}

const dist = 'node_modules/@countersign/client/dist'

/** The client's main entry with all that it may load. */
export async function modulesOf(folder: string): Promise<Module[]> {
  const files = (await readdir(join(folder, dist), { recursive: true })).filter(
    (file) => file.endsWith('.js') && !/^(node|cjs)\//.test(file),
  )
  return files.map((file) => ({ name: `@countersign/client/${file}`, file: `${dist}/${file}` }))
}
