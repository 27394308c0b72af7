// What the client needs Node for: a session on disk.
export { FileStoreError, fileStore } from './file-store.ts'
