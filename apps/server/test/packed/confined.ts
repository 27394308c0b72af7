import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InstalledServer } from './installed-server.ts'

/**
 * In mounts of its own, all of which are read-only but the data folder: the folder with the package is `/mnt`, since a user without
 * rights cannot reach temporary folders. Then the program runs as a user without a name, from `/`, with no variable but PATH.
 */
const script = `
set -eu
folder=$1 node=$2
shift 2
mount --make-rprivate /
mount --bind "$folder" /mnt
mount --bind "$node" /mnt/node
mount --bind /mnt/of-nobody /mnt/of-nobody
cut -d' ' -f5 /proc/self/mountinfo | while read -r at; do
  # What was mounted below /mnt is hidden now.
  [ "$at" = /mnt/of-nobody ] || ! mountpoint -q "$at" || mount -o remount,bind,ro "$at"
done
cd /
exec setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH=/mnt:/usr/bin:/bin /mnt/prefix/bin/countersign "$@"
`

/**
 * A program that runs the installed one as a user who can write nothing but `/mnt/of-nobody`. Only root can run it.
 *
 * @returns The file of the program.
 */
export function confine({ folder }: InstalledServer): string {
  mkdirSync(join(folder, 'of-nobody'), { mode: 0o700 })
  execFileSync('chown', ['65534:65534', join(folder, 'of-nobody')])
  execFileSync('chmod', ['755', folder])
  writeFileSync(join(folder, 'node'), '')
  writeFileSync(join(folder, 'confined.sh'), script)
  const words = ['env', 'unshare', '--mount', 'sh', join(folder, 'confined.sh'), folder, process.execPath]
  const program = join(folder, 'confined.mjs')
  const given = `[...${JSON.stringify(words)}, ...process.argv.slice(2)]`
  writeFileSync(program, `process.execve('/usr/bin/env', ${given}, { PATH: process.env.PATH })\n`)
  return program
}
