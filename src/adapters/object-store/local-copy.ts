import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, copyFile, type FileHandle, stat } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { NICE, renice } from '../nice.ts'
import { hasCode } from './store-failure.ts'

const PROGRESS_INTERVAL_MS = 200
const MAX_COMPLAINT_CHARACTERS = 2_000

/** Both files twice: by path, and open. */
export interface FileCopy {
  readonly fromPath: string
  readonly from: FileHandle
  readonly toPath: string
  readonly to: FileHandle
  readonly sizeBytes: number
  readonly signal: AbortSignal
  readonly onProgress: ((share: number) => void) | undefined
}

/**
 * Copies a file by a child process: the bytes stay out of our memory, a file system that can share blocks does so, and
 * an abort ends it at once, which Node's own copy cannot. That one is the fallback where there is no suitable `cp`.
 */
export const copyBytes = async (copy: FileCopy): Promise<void> => {
  const done = new AbortController()
  const copying = runCp(copy).finally(() => done.abort())
  const results = await Promise.allSettled([copying, reportProgress(copy, done.signal)])
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

const runCp = async (copy: FileCopy): Promise<void> => {
  if (!(await tryCp(copy))) await copyFile(copy.fromPath, copy.toPath, constants.COPYFILE_FICLONE)
  copy.signal.throwIfAborted()
}

/** `false` when this system's `cp` does not know the option, or there is none. */
const tryCp = async (copy: FileCopy): Promise<boolean> => {
  copy.signal.throwIfAborted()
  const child = spawn('cp', cpArguments(copy), {
    // Messages in English, because "No space left" is looked for in them.
    env: { LC_ALL: 'C', PATH: '/usr/local/bin:/usr/bin:/bin' },
    stdio: ['ignore', 'ignore', 'pipe', copy.from.fd, copy.to.fd],
    // In a session of its own, which Linux may weigh as a whole.
    detached: true,
  })
  // Viewers may play the source meanwhile.
  if (child.pid !== undefined) renice(child.pid, NICE.ordinary)
  const kill = () => child.kill('SIGKILL')
  copy.signal.addEventListener('abort', kill)
  try {
    const [complaint, [exitCode]] = await Promise.all([child.stderr ? text(child.stderr) : '', once(child, 'close')])
    copy.signal.throwIfAborted()
    if (exitCode === 0) return true
    if (/(unrecognized|invalid|illegal|unknown) option/.test(complaint)) return false
    throw cpFailure(complaint)
  } catch (error) {
    if (child.pid === undefined && hasCode(error, 'ENOENT')) return false
    throw error
  } finally {
    copy.signal.removeEventListener('abort', kill)
  }
}

/** On Linux the child gets the open files, so that no link swapped in meanwhile can lead it elsewhere. */
const cpArguments = ({ fromPath, toPath }: FileCopy): readonly string[] =>
  process.platform === 'linux'
    ? ['--reflink=auto', '--', '/proc/self/fd/3', '/proc/self/fd/4']
    : ['-c', '--', fromPath, toPath]

const cpFailure = (complaint: string): Error => {
  const code = /No space left|quota exceeded/i.test(complaint) ? 'ENOSPC' : 'EIO'
  return Object.assign(new Error(`cp failed: ${complaint.slice(0, MAX_COMPLAINT_CHARACTERS)}`), { code })
}

const reportProgress = async ({ toPath, sizeBytes, onProgress }: FileCopy, done: AbortSignal): Promise<void> => {
  if (!onProgress || sizeBytes === 0) return
  for (;;) {
    try {
      await delay(PROGRESS_INTERVAL_MS, undefined, { signal: done })
    } catch {
      return
    }
    onProgress(Math.min(1, (await stat(toPath)).size / sizeBytes))
  }
}
