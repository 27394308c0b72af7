import { live } from './life.mjs'

const [, , baseUrl, password] = process.argv
console.log(JSON.stringify(await live(baseUrl, password)))
