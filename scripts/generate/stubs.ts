import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { header } from './contract.ts'
import { RunError, run } from './run.ts'

/** Where the server's stubs are: one file in this folder. */
export const stubsFolder = 'apps/server/src/generated'
const stubsFile = `${stubsFolder}/index.ts`

// Version and hash of the JAR are pinned. `spec/openapitools.json` names the same version.
const jarFile = '.cache/openapi-generator/7.24.0.jar'
const jarHash = '4b83ccc6fd43056c8c631cd0195e5100bd0550912502527bab09ac76152dab0c'

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

/** Generates the server's stubs from the staged bundle with the template in `spec/templates`. */
export const makeStubs = async (repository: string, staging: string, bundleHash: string): Promise<void> => {
  const raw = join(staging, 'openapi-generator')
  const config = join(staging, 'openapi-generator.json')
  writeFileSync(
    config,
    JSON.stringify({
      generatorName: 'typescript-fetch',
      // The template gets all operations at once; the generator's files for each tag are not used.
      globalProperties: { apis: '', supportingFiles: 'index.ts', apiDocs: 'false', apiTests: 'false' },
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
  const stubs = `\n${readFileSync(join(raw, 'index.ts'), 'utf8').trimEnd()}\n`
  mkdirSync(join(staging, stubsFolder), { recursive: true })
  writeFileSync(join(staging, stubsFile), `${header}${hashes(bundleHash, stubs)}${stubs}`)
}

/**
 * The files in the stubs' folder that differ from those generated from this bundle, sorted. The stubs contain the hashes
 * of the bundle and of themselves, so that this check needs no generator.
 */
export const outdatedStubs = (root: string, bundleHash: string): string[] => {
  const found = globSync(`${stubsFolder}/**/*.*`, { cwd: root }).map((file) => file.replaceAll('\\', '/'))
  const text = found.includes(stubsFile) ? readFileSync(join(root, stubsFile), 'utf8') : ''
  const stubs = text.slice(text.indexOf('\n\n') + 1)
  const current = text === `${header}${hashes(bundleHash, stubs)}${stubs}`
  return [...found.filter((file) => file !== stubsFile), ...(current ? [] : [stubsFile])].sort()
}

/** Only this file contains the bundle's hash, because every change of the contract changes it. */
const hashes = (bundleHash: string, stubs: string): string =>
  `// SHA-256 of the bundle: ${bundleHash}\n// SHA-256 of what follows: ${sha256(Buffer.from(stubs))}\n`

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
