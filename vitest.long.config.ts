import { defineConfig } from 'vitest/config'

/** What takes minutes: `npm run test:long`. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts'],
    provide: { everyCase: true },
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 4_000_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
    pool: 'forks',
    isolate: false,
  },
})
