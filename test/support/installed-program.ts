import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')

/** The command as an installation has it: `bin/telecine.js` and what the build makes of the sources. */
export interface InstalledProgram extends AsyncDisposable {
  readonly path: string
}

/** Built anew: a `dist/` of the checkout may be older than its sources. */
export const installProgram = async (): Promise<InstalledProgram> => {
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'telecine-installed-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'bin'))
  const path = join(folder, 'bin/telecine.js')
  await copyFile(join(ROOT, 'bin/telecine.js'), path)
  for (const name of ['package.json', 'migrations', 'node_modules']) {
    await symlink(join(ROOT, name), join(folder, name))
  }
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/build.ts'), join(folder, 'dist')])
  const stack = cleanup.move()
  return { path, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
