import { globSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

/** Those of the short suite that have only some tests there. */
const SHORTENED = globSync('test/**/*.test.ts', { cwd: import.meta.dirname }).filter((path) =>
  readFileSync(`${import.meta.dirname}/${path}`, 'utf8').includes("'../support/cases.ts'"),
)

/** What takes minutes: `npm run test:long`. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts', ...SHORTENED],
    provide: { everyCase: true },
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 4_000_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
    pool: 'forks',
    isolate: false,
  },
})
