// What a program needs that mounts the server, and other rooms' proofs; the program of its own is `main.ts`.
export { type App, createApp } from './app.ts'
export { type Authority, openAuthority } from './authority.ts'
export { type Config, ConfigError } from './config/config.ts'
export { readConfig } from './config/read-config.ts'
export { dialects } from './dialects/registry.ts'
export { Argon2Hasher, type Argon2Options } from './process/argon2-hasher.ts'
export { createLogger, type Logger } from './process/logger.ts'
