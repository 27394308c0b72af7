// The published client as its users get it: packed, unpacked and installed, without links to its sources.
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { repository, run } from './programs.ts'

const client = join(repository, 'packages/client')

/** Installs the client's tarball into `folder`. */
export async function installPackedClient(folder: string): Promise<void> {
  const sources = copyOfClient(join(folder, 'workspace'))
  const packed = await succeed('npm', ['pack', '--silent', '--pack-destination', folder], sources)
  const target = join(folder, 'node_modules/@countersign/client')
  mkdirSync(target, { recursive: true })
  await succeed('tar', ['-xzf', join(folder, packed.trim()), '--strip-components=1', '-C', target], folder)
}

/** The package and what its build reads. npm builds it first, and removes its `dist`, which other tests use meanwhile. */
function copyOfClient(workspace: string): string {
  const copy = join(workspace, 'packages/client')
  const leftOut = new Set(['node_modules', 'dist', 'test'].map((name) => join(client, name)))
  cpSync(client, copy, { recursive: true, filter: (path) => !leftOut.has(path) })
  cpSync(join(repository, 'tsconfig.base.json'), join(workspace, 'tsconfig.base.json'))
  cpSync(join(repository, 'spec/dist'), join(workspace, 'spec/dist'), { recursive: true })
  for (const folder of ['node_modules', 'packages/client/node_modules']) {
    symlinkSync(join(repository, folder), join(workspace, folder))
  }
  return copy
}

async function succeed(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, { cwd })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`)
  return stdout
}
