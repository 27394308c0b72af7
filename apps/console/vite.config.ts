import { defineConfig } from 'vite'

/** The server serves `dist` at /console: the page, and its hashed assets below /console/assets. */
export default defineConfig({
  base: '/console/',
  build: {
    target: 'es2022',
    // No asset becomes a `data:` URL, which the content security policy refuses.
    assetsInlineLimit: 0,
    // The polyfill of `modulepreload` is for browsers that the console does not support.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
    rolldownOptions: {
      // "use client" of the libraries is for servers that render; there is none.
      onwarn: (warning, warn) => {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning)
      },
    },
  },
})
