import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

/**
 * Path of the command as an installation has it: `bin/telecine.js` and what the build makes of the sources. Built once per run, when
 * first asked for, because a `dist/` of the checkout may be older than its sources. It starts in half the time that these take.
 */
export const builtProgram = (): string => {
  const folder = join(inject('runFolder'), 'program')
  if (!existsSync(folder)) buildProgram(folder)
  return join(folder, 'bin/telecine.js')
}

/** Into a folder that is not there yet. */
export const buildProgram = (folder: string): void => {
  const making = `${folder}-${process.pid}`
  mkdirSync(join(making, 'bin'), { recursive: true })
  copyFileSync(join(ROOT, 'bin/telecine.js'), join(making, 'bin/telecine.js'))
  for (const name of ['package.json', 'migrations', 'node_modules']) symlinkSync(join(ROOT, name), join(making, name))
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts'), join(making, 'dist')])
  try {
    renameSync(making, folder)
  } catch (error) {
    // Another test process may have been first.
    if (!existsSync(folder)) throw error
  }
}
