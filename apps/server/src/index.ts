// The public entry for applications that mount the server, and for the proofs. The executable is `main.ts`.

export { Argon2Hasher, type Argon2Options } from './adapters/argon2-hasher.ts'
export { type App, createApp } from './compose/app.ts'
export { type Authority, openAuthority } from './compose/authority.ts'
export { type Config, ConfigError } from './config/config.ts'
export { readConfig } from './config/read-config.ts'
export { dialects } from './dialects/registry.ts'
export { createLogger, type Logger } from './log/logger.ts'
