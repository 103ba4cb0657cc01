import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    // What a user gets: the built package, the same that the tests' workers and child processes load.
    alias: { berkeley: fileURLToPath(new URL('dist/index.js', import.meta.url)) },
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Signals and blocking calls belong to a process, so each file has its own.
    pool: 'forks',
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 20_000,
  },
})
