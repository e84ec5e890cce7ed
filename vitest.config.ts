import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/long/**', 'node_modules/**', 'dist/**'],
    provide: { everyCase: false },
    globalSetup: ['test/support/global-setup.ts'],
    // Media and process tests share two cores with a real PostgreSQL; timings never decide a test, so limits are generous.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    pool: 'forks',
    // Loading ~40 packages afresh for each file costs more than the tests themselves.
    isolate: false,
  },
})
