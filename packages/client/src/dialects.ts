// Sources for servers that speak the dialect of a vendor. The main entry does not contain them: a program that speaks
// the native API does not load them.
export { type CikitCodeOptions, cikitCode } from './sources/cikit-code.ts'
export { type EfaSystemOptions, efaSystem } from './sources/efa-system.ts'
export { type EfaClientOptions, type EfaUserOptions, efaClient, efaUser } from './sources/efa-user.ts'
export { type InsightTokenOptions, insightToken } from './sources/insight-token.ts'
export { type LyveAccessKeyOptions, lyveAccessKey } from './sources/lyve-access-key.ts'
export { type ManifoldBasicOptions, manifoldBasic } from './sources/manifold-basic.ts'
