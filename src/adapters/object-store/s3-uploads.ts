import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { inParallel } from './in-parallel.ts'
import { withSignal } from './s3-client.ts'
import { isMissing, statusOf } from './s3-error.ts'
import type { S3Listing } from './s3-list.ts'

const PARALLEL = 8

/**
 * Removes what copies in parts left that ended with their process: parts cost space, and no list of objects shows them.
 * Stores that do not list uploads, or not to us, keep them: that must not stop the work itself.
 */
export const abortUploads = async (
  listing: S3Listing,
  choose: (keys: readonly string[]) => readonly string[] | Promise<readonly string[]>,
): Promise<void> => {
  const { client, bucket, signal } = listing
  // The whole list first, because its pages begin after an upload that must still be there. It is short: one per copy.
  const uploads = await Array.fromAsync(listUploads(listing))
  if (uploads.length === 0) return
  const chosen = new Set(await choose(uploads.map(({ key }) => key)))
  const meant = uploads.filter(({ key }) => chosen.has(key))
  await inParallel(meant, PARALLEL, async ({ key, id }) => {
    try {
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: id }), withSignal(signal))
    } catch (error) {
      // It ended meanwhile.
      if (!isMissing(error)) throw error
    }
  })
}

interface Upload {
  readonly key: string
  readonly id: string
}

/** Keys as they are: Ceph (seen with 16) does not give back every key that it escapes here. */
async function* listUploads(listing: S3Listing): AsyncGenerator<Upload> {
  let marker: Upload | undefined
  do {
    const page = await listPage(listing, marker)
    yield* page.uploads
    marker = page.next
  } while (marker !== undefined)
}

interface Page {
  readonly uploads: readonly Upload[]
  readonly next: Upload | undefined
}

const listPage = async ({ client, bucket, prefix, signal }: S3Listing, marker: Upload | undefined): Promise<Page> => {
  const command = new ListMultipartUploadsCommand({
    Bucket: bucket,
    Prefix: prefix,
    ...(marker && { KeyMarker: marker.key, UploadIdMarker: marker.id }),
  })
  try {
    const { Uploads = [], IsTruncated } = await client.send(command, withSignal(signal))
    const uploads = Uploads.map(({ Key = '', UploadId = '' }) => ({ key: Key, id: UploadId }))
    const next = IsTruncated ? uploads.at(-1) : undefined
    if (IsTruncated && (next === undefined || next.id === marker?.id)) {
      throw new Error('the store answers the same page of its uploads again')
    }
    return { uploads, next }
  } catch (error) {
    if ([400, 403, 404, 405, 501].includes(statusOf(error) ?? 0)) return { uploads: [], next: undefined }
    throw error
  }
}
