// The part of the client that needs Node.js: a session on disk.
export { fileStore } from './file-store.ts'
export { FileStoreError } from './file-store-error.ts'
