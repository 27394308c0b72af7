// The part of the client that needs a browser: a session that tabs share.
export { type WebStoreOptions, webStore } from './web-store.ts'
export { WebStoreError } from './web-store-error.ts'
