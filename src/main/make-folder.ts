import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder with those above it; one that is there already is fine. Not by the `recursive` of Node's `mkdir`: below /proc
 * that never ends, and keeps a processor busy (seen with Node 24).
 */
export const makeFolder = async (path: string): Promise<void> => {
  try {
    await mkdir(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' && dirname(path) !== path) return makeBelowNew(path)
    if (!(await isFolder(path))) throw error
  }
}

const makeBelowNew = async (path: string): Promise<void> => {
  await makeFolder(dirname(path))
  try {
    await mkdir(path)
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!(await isFolder(path))) throw error
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  )
