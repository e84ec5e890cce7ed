import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ConfigError } from './config.ts'
import { firstLineOf } from './first-line.ts'
import { makeFolder } from './make-folder.ts'

/** Held from `lockDataFolder` until disposal or the end of the process, however it ends. */
export interface DataFolderLock {
  /** Safe to repeat. */
  [Symbol.dispose](): void
}

/** Another instance works on the data folder; the message is one line and names its process. */
export class DataFolderInUseError extends Error {
  override readonly name = 'DataFolderInUseError'
}

const SQLITE_BUSY = 5

/**
 * Makes this process the only one that runs on the data folder, or throws `DataFolderInUseError`.
 *
 * The lock is the kernel's own (an fcntl lock, reached through SQLite, because Node has no call for it): it vanishes with its
 * process. A file that holds a process id would need guessing after kill -9, a reboot or in containers, where ids come back.
 * `telecine.pid` beside it only serves the message.
 */
export const lockDataFolder = async (dataDir: string): Promise<DataFolderLock> => {
  await makeFolder(dataDir)
  const lockFile = join(dataDir, 'telecine.lock')
  const pidFile = join(dataDir, 'telecine.pid')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(lockFile)
    // In memory: a journal beside the lock would be one more file that kill -9 leaves behind.
    database.exec('pragma journal_mode = memory; begin exclusive')
  } catch (cause) {
    database?.close()
    if (!isBusy(cause)) {
      throw new ConfigError(
        `TELECINE_DATA_DIR must be a folder whose files we may write; cannot lock ${lockFile}: ${firstLineOf(cause)}`,
        { cause },
      )
    }
    const holder = (await readFile(pidFile, 'utf8').catch(() => '')).trim()
    throw new DataFolderInUseError(
      `the data folder ${dataDir} is in use by another telecine${holder === '' ? '' : ` (process ${holder})`}`,
    )
  }
  await writeFile(pidFile, `${process.pid}\n`)
  const held = database
  return {
    [Symbol.dispose]() {
      if (held.isOpen) held.close()
    },
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
