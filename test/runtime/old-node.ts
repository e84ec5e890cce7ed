import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { onTestFinished, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

/** The command's own program, before the build. */
export const SOURCES = join(ROOT, 'src/cli/main.ts')

/** An installation with our `bin/` and a program of the test's in the place of the built one. Answers the command's path. */
export const installAround = async (program: string, { packages }: { readonly packages: boolean }): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'telecine-command-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'bin'))
  await mkdir(join(folder, 'dist/cli'), { recursive: true })
  await copyFile(join(ROOT, 'bin/telecine.js'), join(folder, 'bin/telecine.js'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await writeFile(join(folder, 'dist/cli/main.js'), program)
  if (packages) await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return join(folder, 'bin/telecine.js')
}

/** A Node older than 24 that is installed beside ours, as on a newcomer's machine. No failure where there is none to be had. */
const oldNode = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find(
    (node) =>
      existsSync(node) && Number.parseInt(execFileSync(node, ['-p', 'process.versions.node']).toString(), 10) < 24,
  )

export const testWithOldNode = (name: string, body: (oldNode: string) => Promise<void>): void => {
  test(name, (context) =>
    oldNode === undefined ? context.skip('there is no Node older than 24 on the PATH') : body(oldNode),
  )
}
