/**
 * The server as a library, for programs that mount it or run it in their own process. The executable is `main.ts`.
 *
 * @example
 * ```ts
 * const config = readConfig({ flags: { data: './data' }, env: {} }, dialects)
 * const logger = createLogger({ level: config.logLevel, sink: process.stderr })
 * const authority = await openAuthority(config, { logger })
 * const app = await createApp(authority)
 * const listening = await listen({ listener: app.listener, host: '127.0.0.1', port: 4300 })
 * app.ready()
 * ```
 */

export { Argon2Hasher, type Argon2Options } from './adapters/argon2-hasher.ts'
export { type App, createApp } from './compose/app.ts'
export { type Authority, openAuthority } from './compose/authority.ts'
export { type Config, ConfigError } from './config/config.ts'
export { readConfig } from './config/read-config.ts'
export { dialects } from './dialects/registry.ts'
export { type Listening, listen } from './http/binding/listen.ts'
export { createLogger, type Logger } from './log/logger.ts'
