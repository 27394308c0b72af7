// What the client needs Node for: a session on disk.
export { fileStore } from './file-store.ts'
export { FileStoreError } from './file-store-error.ts'
