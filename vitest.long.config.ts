import { defineConfig } from 'vitest/config'

/** Those of the short suite that have only some cases there, by `someOf`. */
const EVERY_CASE = [
  'test/ffmpeg/adapt-rates.test.ts',
  'test/ffmpeg/marks.test.ts',
  'test/journeys/players.test.ts',
  'test/journeys/remux-sources.test.ts',
  'test/journeys/remux.test.ts',
  'test/journeys/subtitle-players.test.ts',
  'test/journeys/templates.test.ts',
]

/** What takes minutes: `npm run test:long`. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts', ...EVERY_CASE],
    provide: { everyCase: true },
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 4_000_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
    pool: 'forks',
    isolate: false,
  },
})
