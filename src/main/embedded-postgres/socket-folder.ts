import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Account } from './account.ts'

/** Bytes of `sun_path`: 108 on Linux, 104 on macOS, one of them the closing zero. */
const MAX_SOCKET_PATH = 103
const SOCKET_NAME = '/.s.PGSQL.5432'

/**
 * The folder of the socket, mode 0700, owned by the account: beside the cluster, or, where that path is too long for a socket,
 * under the temporary folder with a name that follows from the cluster's, so that nothing piles up after kill -9.
 */
export const ensureSocketFolder = async (account: Account): Promise<string> => {
  const beside = join(account.home, 'postgres-socket')
  const folder = Buffer.byteLength(beside + SOCKET_NAME) <= MAX_SOCKET_PATH ? beside : temporaryFolder(account)
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const found = await lstat(folder)
  // The temporary folder is everybody's: a link, or a folder that somebody else made first, would hand them the database.
  const ours = found.uid === account.uid || found.uid === process.getuid?.()
  if (!found.isDirectory() || !ours) throw new Error(`${folder} is not ours; remove it or set TMPDIR to another folder`)
  await chmod(folder, 0o700)
  if (account.rights !== 'own') await chown(folder, account.uid, account.gid)
  return folder
}

const temporaryFolder = ({ home, uid }: Account): string =>
  join(tmpdir(), `telecine-${uid}-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`)
