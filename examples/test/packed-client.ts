// The published client as a stranger has it: packed, unpacked and installed, with nothing linked to its sources.
import { mkdirSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { repository, run } from './programs.ts'

const client = join(repository, 'packages/client')

/**
 * Installs the client into `folder` from its tarball; its one dependency is linked from where it lies, since a test asks no
 * registry.
 */
export async function installPackedClient(folder: string): Promise<void> {
  const packed = await succeed('npm', ['pack', '--silent', '--pack-destination', folder], client)
  const target = join(folder, 'node_modules/@countersign/client')
  mkdirSync(target, { recursive: true })
  await succeed('tar', ['-xzf', join(folder, packed.trim()), '--strip-components=1', '-C', target], folder)
  const dependency = createRequire(join(client, 'package.json')).resolve('openapi-fetch')
  symlinkSync(dirname(dirname(dependency)), join(folder, 'node_modules/openapi-fetch'))
}

async function succeed(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, { cwd })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`)
  return stdout
}
