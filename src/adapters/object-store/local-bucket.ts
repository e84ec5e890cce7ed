import { mkdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isFolderBucketName } from './object-key.ts'
import { hasCode, refusedOr } from './store-failure.ts'

/**
 * The real path of a bucket's folder, `undefined` when there is none. The folder itself may be a link (say, to a larger
 * disk): whoever can make links beside the buckets runs this service anyway.
 */
export const findBucket = async (root: string, bucket: string): Promise<string | undefined> => {
  if (!isFolderBucketName(bucket)) return undefined
  try {
    const path = await realpath(join(root, bucket))
    return (await stat(path)).isDirectory() ? path : undefined
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
    throw refusedOr(error)
  }
}

/** For writes, which need the bucket to be there. */
export const requireBucket = async (root: string, bucket: string): Promise<string> => {
  const path = await findBucket(root, bucket)
  if (path === undefined) throw new Error('there is no such bucket')
  return path
}

export const makeBucket = async (root: string, bucket: string): Promise<void> => {
  if (!isFolderBucketName(bucket))
    throw new Error('a bucket name has 3 to 63 lower-case letters, digits, dots and hyphens')
  await mkdir(join(root, bucket), { recursive: true })
}
