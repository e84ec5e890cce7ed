import { execFile } from 'node:child_process'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pause } from '../../../src/engine/pause.ts'
import { type Fault, NO_HARM } from './fault.ts'

const run = promisify(execFile)
const DISK_BYTES = 256 << 20
const FULL_MS = 4_000

/** A disk of its own for the buckets, small enough to be filled. */
export const mountBuckets = async (folder: string): Promise<AsyncDisposable> => {
  await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder])
  return {
    async [Symbol.asyncDispose]() {
      // Lazily: a killed process may have a file open.
      await run('umount', ['-l', folder])
    },
  }
}

export const fillDisk: Fault = {
  name: 'disk full',
  weight: 1,
  async strike({ site, signal }) {
    const filler = join(site.bucketsFolder, 'filler')
    const { bavail, bsize } = await statfs(site.bucketsFolder)
    // Others write meanwhile: then it is full already.
    await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - 16_384))).catch(() => undefined)
    await pause(FULL_MS, signal)
    await rm(filler, { force: true })
    return NO_HARM
  },
}
