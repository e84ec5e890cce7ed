import { constants, type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from './store-failure.ts'

/**
 * On Linux a path may start at an open folder, wherever that folder is moved to and whatever replaces its name: then no
 * link swapped in half way can lead a path out of the bucket. Elsewhere paths start at the top; links are still refused
 * part by part, only a swap in the very moment of a call would go unseen.
 */
const PATHS_START_AT_FOLDERS = process.platform === 'linux'

/** An open folder of a bucket. */
export class Folder implements AsyncDisposable {
  readonly #handle: FileHandle
  readonly #path: string

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle
    this.#path = path
  }

  /** Fails with ENOENT, and with ENOTDIR or ELOOP when something else lies there; a link counts as something else. */
  static async open(path: string): Promise<Folder> {
    return new Folder(await openHandle(path), path)
  }

  /** The path of something in this folder, for the next call only. An empty name is the folder itself. */
  at(name: string): string {
    return PATHS_START_AT_FOLDERS ? `/proc/self/fd/${this.#handle.fd}/${name}` : join(this.#path, name)
  }

  async enter(name: string): Promise<Folder> {
    return new Folder(await openHandle(this.at(name)), join(this.#path, name))
  }

  /** Makes new and changed names survive a power cut. */
  async sync(): Promise<void> {
    await this.#handle.sync()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}

/** Folder by folder, never through a link; `undefined` when one is missing or is no folder. */
export const openFolders = async (bucketPath: string, names: readonly string[]): Promise<Folder | undefined> => {
  try {
    return await descend(bucketPath, names, (folder, name) => folder.enter(name))
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

/** The same, making what is missing; `undefined` when the file system cannot have such folders there. */
export const makeFolders = async (bucketPath: string, names: readonly string[]): Promise<Folder | undefined> => {
  try {
    return await descend(bucketPath, names, enterOrMake)
  } catch (error) {
    if (isRefusedName(error)) return undefined
    throw error
  }
}

/** What a path answers when there is nothing of the kind expected. */
export const isAbsence = (error: unknown): boolean => hasCode(error, 'ENOENT') || isRefusedName(error)

/** Something of another kind lies in the way, or this file system has tighter rules for names than most. */
export const isRefusedName = (error: unknown): boolean =>
  hasCode(error, 'ENOTDIR', 'EISDIR', 'ELOOP', 'EEXIST', 'ENOTEMPTY', 'ENAMETOOLONG', 'EILSEQ')

type Step = (folder: Folder, name: string) => Promise<Folder>

const descend = async (bucketPath: string, names: readonly string[], step: Step): Promise<Folder> => {
  let folder = await Folder.open(bucketPath)
  for (const name of names) {
    await using parent = folder
    folder = await step(parent, name)
  }
  return folder
}

const enterOrMake: Step = async (parent, name) => {
  try {
    return await parent.enter(name)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
  await mkdir(parent.at(name)).catch((error) => {
    if (!hasCode(error, 'EEXIST')) throw error
  })
  await parent.sync()
  return await parent.enter(name)
}

const openHandle = (path: string): Promise<FileHandle> =>
  open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
