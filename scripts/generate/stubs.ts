import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { header } from './contract.ts'
import { RunError, run } from './run.ts'

/** Folder of the server's stubs. */
export const stubsFolder = 'apps/server/src/generated'

/** The SHA-256 of each generated stub, to find edits on machines that cannot generate stubs. */
const digestsFile = `${stubsFolder}/digests.json`

// Version and hash of the JAR are pinned. `spec/openapitools.json` names the same version.
const jarFile = '.cache/openapi-generator/7.24.0.jar'
const jarHash = '4b83ccc6fd43056c8c631cd0195e5100bd0550912502527bab09ac76152dab0c'

/** Maps the generator's file names (its templates have built-in names) to ours. */
const placeOf = (file: string): string => {
  if (file === 'runtime.ts') return 'contract.ts'
  if (file === 'apis/index.ts') return 'routes.ts'
  return file.startsWith('apis/') ? `handlers/${basename(file)}` : file
}

/**
 * Why the stubs cannot be generated on this machine, or `undefined`.
 *
 * @throws Error if the generator's JAR is not the pinned one.
 */
export const stubsObstacle = async (repository: string): Promise<string | undefined> => {
  if (!(await succeeds(run('java', { arguments: ['-version'], folder: repository, repository })))) return 'no Java'
  const jar = join(repository, jarFile)
  if (!existsSync(jar)) {
    // Any command of the wrapper downloads the JAR first.
    await succeeds(run(wrapper(repository), { arguments: ['version'], folder: join(repository, 'spec'), repository }))
    if (!existsSync(jar)) return 'the JAR of openapi-generator cannot be fetched'
  }
  const hash = sha256(readFileSync(jar))
  if (hash !== jarHash) throw new Error(`${jarFile} has the SHA-256 ${hash}, not ${jarHash}: remove it`)
  return undefined
}

/** Generates the server's stubs from the staged bundle with the templates of `spec/templates`. */
export const makeStubs = async (repository: string, staging: string, hash: string): Promise<void> => {
  const raw = join(staging, 'openapi-generator')
  const config = join(staging, 'openapi-generator.json')
  writeFileSync(
    config,
    JSON.stringify({
      generatorName: 'typescript-fetch',
      globalProperties: { apis: '', supportingFiles: '', apiDocs: 'false', apiTests: 'false' },
      additionalProperties: { withoutRuntimeChecks: 'true', supportsES6: 'true', apiNameSuffix: 'Handlers' },
      templateDir: join(repository, 'spec/templates'),
      inputSpec: join(staging, 'spec/gen/openapi.json'),
      outputDir: raw,
    }),
  )
  await run(wrapper(repository), {
    arguments: ['generate', '--config', config],
    folder: join(repository, 'spec'),
    repository,
  })
  for (const file of globSync('**/*.ts', { cwd: raw })) {
    const target = join(staging, stubsFolder, placeOf(file))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, `${header(hash)}\n${readFileSync(join(raw, file), 'utf8').trimEnd()}\n`)
  }
  writeFileSync(join(staging, digestsFile), `${JSON.stringify(digestsOf(staging), null, 2)}\n`)
}

/** The stubs that differ from their recorded digests: changed, missing or left over, sorted. */
export const editedStubs = (root: string): string[] => {
  const record = join(root, digestsFile)
  if (!existsSync(record)) return [digestsFile]
  const recorded: Readonly<Record<string, string>> = JSON.parse(readFileSync(record, 'utf8'))
  const present = digestsOf(root)
  return [...new Set([...Object.keys(recorded), ...Object.keys(present)])]
    .filter((file) => recorded[file] !== present[file])
    .map((file) => `${stubsFolder}/${file}`)
    .sort()
}

const digestsOf = (root: string): Readonly<Record<string, string>> => {
  const folder = join(root, stubsFolder)
  const files = globSync('**/*.ts', { cwd: folder }).sort()
  return Object.fromEntries(files.map((file) => [file, sha256(readFileSync(join(folder, file)))]))
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const wrapper = (repository: string): string => join(repository, 'spec/node_modules/.bin/openapi-generator-cli')

const succeeds = async (running: Promise<string>): Promise<boolean> => {
  try {
    await running
    return true
  } catch (error) {
    if (error instanceof RunError) return false
    throw error
  }
}
