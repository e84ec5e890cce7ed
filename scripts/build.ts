/** Compiles src/ to dist/ with the pinned TypeScript. `npm ci` runs it once, through `prepare`. */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const require = createRequire(import.meta.url)

// An install without devDependencies (`npm ci --omit=dev` of a folder that already has dist/) has no compiler and needs none.
if (existsSync(join(root, 'node_modules/typescript'))) {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
