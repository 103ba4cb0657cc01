import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const dist = fileURLToPath(new URL('dist/', import.meta.url))

export default defineConfig({
  resolve: {
    // What a user gets: the built package, the same that the tests' workers and child processes load.
    alias: [
      { find: /^berkeley\/(\w+)$/, replacement: `${dist}$1.js` },
      { find: /^berkeley$/, replacement: `${dist}index.js` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/leaks.ts'],
    // Signals and blocking calls belong to a process, so each file has its own.
    pool: 'forks',
    // Most of the time goes into waiting for child processes.
    maxWorkers: 2,
    server: { deps: { external: [/\/dist\//] } },
    // For what hangs: a machine that is busy with other work may be slow.
    testTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
})
