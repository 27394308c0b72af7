import process from 'node:process'
import { live } from './life.mjs'

console.log(JSON.stringify(await live(JSON.parse(process.argv[2]))))
process.exit(0)
