import { execFile, execFileSync } from 'node:child_process'
import { mkdir, mkdtempSync, rmdirSync } from 'node:fs'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BUCKET, type Installation } from '../support/installation.ts'

const run = promisify(execFile)

/** Why no disk can be filled here; `undefined` when it can. */
export const missingMount = (): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'telecine-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'a full disk is not tested: only root may mount one'
  } finally {
    rmdirSync(folder)
  }
}

/** A small disk of its own for an installation's buckets. */
export interface SmallDisk extends AsyncDisposable {
  /** Leaves so many bytes free. */
  fill(freeBytes: number): Promise<void>
  /** Makes room again. */
  clear(): Promise<void>
}

/** Before anything lies in a bucket, and before a worker runs. */
export const mountSmallDisk = async (installation: Installation, sizeBytes: number): Promise<SmallDisk> => {
  const root = join(installation.dataDir, 'buckets')
  await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', root])
  for (const bucket of [BUCKET, installation.server.foundation.config.vodBucket]) {
    await promisify(mkdir)(join(root, bucket))
  }
  const filler = join(root, 'filler')
  return {
    async fill(freeBytes) {
      await rm(filler, { force: true })
      const { bavail, bsize } = await statfs(root)
      await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes)))
    },
    clear: () => rm(filler, { force: true }),
    async [Symbol.asyncDispose]() {
      // Lazily: the worker may have a file open.
      await run('umount', ['-l', root])
    },
  }
}
