// Bundles the program that `bin/countersign.js` starts in a checkout: node build.ts, after the compiler.
import { join } from 'node:path'
import { bundleServer } from './bundle.ts'

const from = (path: string) => join(import.meta.dirname, path)

// Beside the compiled modules, since files are looked for at the same paths from there.
await bundleServer({ input: { program: from('src/main.ts') }, into: from('dist'), prefix: 'program-' })
