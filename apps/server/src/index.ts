/** What other rooms' proofs need of the server itself; the program is `main.ts`. */
export { Argon2Hasher, type Argon2Options } from './process/argon2-hasher.ts'
