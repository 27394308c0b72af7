/**
 * HTTP of Node.js. An `import` would read every member of the module, and with two of them Node.js loads its client for `fetch` and
 * `WebSocket`, which takes 25 ms and 3 MiB.
 */
export const http: typeof import('node:http') = process.getBuiltinModule('node:http')
export const https: typeof import('node:https') = process.getBuiltinModule('node:https')
