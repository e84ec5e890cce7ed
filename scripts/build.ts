/**
 * Bundles src/ and its libraries into a few files: loading them is most of a start, and a third of that this way. `npm ci`
 * runs it once, through `prepare`. `node scripts/build.ts FOLDER` builds elsewhere than in dist/.
 */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const root = dirname(import.meta.dirname)

// An install without devDependencies (`npm ci --omit=dev` of a folder that already has dist/) has no bundler and needs none.
if (existsSync(join(root, 'node_modules/rolldown'))) {
  const { build } = await import('rolldown')
  await build({
    cwd: root,
    // The second is the program of a worker thread, the third that of a child process.
    input: {
      'cli/main': 'src/cli/main.ts',
      'cli/score-pictures': 'src/adapters/moderation/score-pictures.ts',
      'cli/find-faces': 'src/adapters/moderation/find-faces.ts',
    },
    platform: 'node',
    // The first is never installed; pg asks for it. The others have files of their own beside them.
    external: ['pg-native', /^@tensorflow\//, /^@vladmandic\//, /^nsfwjs/, /^@cornerstonejs\//],
    output: {
      dir: resolve(process.argv[2] ?? join(root, 'dist')),
      cleanDir: true,
      entryFileNames: '[name].js',
      chunkFileNames: 'cli/[name]-[hash].js',
    },
    logLevel: 'warn',
  })
}
