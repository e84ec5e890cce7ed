import { randomUUID } from 'node:crypto'
import { constants, type FileHandle, lstat, open, readdir, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { makeFolders } from './local-folder.ts'
import { TEMPORARY_FOLDER } from './local-layout.ts'
import { hasCode } from './store-failure.ts'

const ABANDONED_AFTER_MS = 3_600_000

/** A file on its way to becoming an object; removed at the end unless it was renamed. */
export class TemporaryFile implements AsyncDisposable {
  readonly path: string
  #file: FileHandle

  private constructor(path: string, file: FileHandle) {
    this.path = path
    this.#file = file
  }

  static async create(bucketPath: string): Promise<TemporaryFile> {
    await using folder = await makeFolders(bucketPath, TEMPORARY_FOLDER)
    if (!folder) throw new Error("something else lies in the place of the bucket's folder for temporary files")
    const name = `${hostname()}.${process.pid}.${randomUUID()}`
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    return new TemporaryFile(join(bucketPath, ...TEMPORARY_FOLDER, name), await open(folder.at(name), flags, 0o666))
  }

  get file(): FileHandle {
    return this.#file
  }

  /** After another program wrote to the path: it may have made a new file there, as macOS does for a clone. */
  async reopen(): Promise<void> {
    await this.#file.close()
    this.#file = await open(this.path, constants.O_RDWR | constants.O_NOFOLLOW)
  }

  /**
   * On disk, and with a time of change that no other file has: the system's clock for files ticks every few
   * milliseconds only, so two versions of one size written in a row would have the same ETag.
   */
  async settle(): Promise<void> {
    const nowMs = Date.now() + Number(process.hrtime.bigint() % 1_000_000n) / 1_000_000
    await this.#file.utimes(nowMs / 1000, nowMs / 1000)
    await this.#file.sync()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
    await unlinkIfThere(this.path)
  }
}

/** Removes what processes left behind that died: those of this machine at once, others (a shared disk) after an hour. */
export const removeAbandonedFiles = async (bucketPath: string): Promise<void> => {
  const folder = join(bucketPath, ...TEMPORARY_FOLDER)
  const names = await readdir(folder).catch((error) => {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  })
  for (const name of names) {
    const path = join(folder, name)
    if (isOfDeadProcess(name) || (await isOld(path))) await unlinkIfThere(path)
  }
}

export const unlinkIfThere = async (path: string): Promise<void> => {
  try {
    await unlink(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
  }
}

const isOfDeadProcess = (name: string): boolean => {
  const [, host, pid] = /^(.+)\.(\d+)\.[^.]+$/.exec(name) ?? []
  if (host !== hostname() || pid === undefined) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return hasCode(error, 'ESRCH')
  }
}

/** A copy that is still going changes its file all the time. */
const isOld = async (path: string): Promise<boolean> => {
  try {
    return Date.now() - (await lstat(path)).mtimeMs > ABANDONED_AFTER_MS
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}
