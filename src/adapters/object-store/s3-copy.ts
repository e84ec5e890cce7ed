import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import {
  type ByteRange,
  type CopyOptions,
  type ObjectAddress,
  ObjectChangedError,
  type ObjectInfo,
} from '../../core/shared/object-store.ts'
import { inParallel } from './in-parallel.ts'
import { encodeKeyPath } from './object-key.ts'
import { quoteEtag, translateCondition, unquoteEtag } from './s3-error.ts'
import { headObject } from './s3-head.ts'
import { abortUploads } from './s3-uploads.ts'

const MIB = 1_048_576
const DEFAULT_PART_BYTES = 256 * MIB
const DEFAULT_SINGLE_MAX_BYTES = 5_120 * MIB
const MAX_PARTS = 10_000
const PARALLEL_PARTS = 8

export interface S3Copy {
  /** For the calls that answer at once. */
  readonly client: S3Client
  /** For the calls during which the store copies. */
  readonly copyClient: S3Client
  readonly singleCopyMaxBytes?: number | undefined
  readonly copyPartBytes?: number | undefined
  readonly from: ObjectAddress
  readonly to: ObjectAddress
  readonly options: CopyOptions
}

/** A copy by the store itself: in one call, or above what one call takes by parallel calls for parts. */
export const copyObject = async (copy: S3Copy): Promise<ObjectInfo> => {
  const { client, from, to, options } = copy
  const source = await requireVersion(copy)
  // Stores refuse to copy an object onto itself.
  if (from.bucket === to.bucket && from.key === to.key) return source
  try {
    if (source.sizeBytes <= (copy.singleCopyMaxBytes ?? DEFAULT_SINGLE_MAX_BYTES)) await copyWhole(copy)
    else await copyLarge(copy, source)
  } catch (error) {
    throw isAboutSource(error) ? translateCondition(error) : error
  }
  const copied = await headObject(client, to, options.signal)
  if (copied?.sizeBytes !== source.sizeBytes) {
    throw new Error(`the copy has ${copied?.sizeBytes ?? 'no'} bytes instead of ${source.sizeBytes}`)
  }
  return copied
}

/** No more parts than stores allow, and all but the last of one size, as R2 wants. */
export const planParts = (sizeBytes: number, partBytes: number): readonly ByteRange[] => {
  const leastBytes = Math.ceil(sizeBytes / MAX_PARTS / MIB) * MIB
  const stepBytes = Math.max(partBytes, leastBytes)
  return Array.from({ length: Math.ceil(sizeBytes / stepBytes) }, (_, index) => ({
    start: index * stepBytes,
    end: Math.min((index + 1) * stepBytes, sizeBytes) - 1,
  }))
}

const requireVersion = async ({ client, from, options }: S3Copy): Promise<ObjectInfo> => {
  const source = await headObject(client, from, options.signal)
  if (source?.etag === options.ifMatch && source.sizeBytes === options.sizeBytes) return source
  throw new ObjectChangedError(source ? 'the source is another version than asked for' : 'the source is gone')
}

/** `NoSuchBucket` and `NoSuchUpload` have the same status, but speak of the target. */
const isAboutSource = (error: unknown): boolean =>
  error instanceof Error && ['NoSuchKey', 'PreconditionFailed', 'NotFound'].includes(error.name)

/** The SDK sends this header as it is. */
const copySource = ({ bucket, key }: ObjectAddress): string => `${bucket}/${encodeKeyPath(key)}`

const copyWhole = async ({ copyClient, from, to, options }: S3Copy): Promise<void> => {
  const command = new CopyObjectCommand({
    Bucket: to.bucket,
    Key: to.key,
    CopySource: copySource(from),
    CopySourceIfMatch: quoteEtag(options.ifMatch),
  })
  await copyClient.send(command, { abortSignal: options.signal })
}

/**
 * Ceph (seen with 16) unescapes the source of a part twice, unlike that of a whole copy, so that keys with percent signs
 * are not found. The source was there a moment ago, and the condition keeps another object from being taken for it.
 */
const copyLarge = async (copy: S3Copy, source: ObjectInfo): Promise<void> => {
  const CopySource = copySource(copy.from)
  try {
    await copyParts(copy, { source, CopySource })
  } catch (error) {
    if (!isAboutSource(error) || !/[%?]/.test(copy.from.key)) throw error
    await copyParts(copy, { source, CopySource: CopySource.replaceAll('%', '%25') })
  }
}

interface PartSource {
  readonly source: ObjectInfo
  /** As in the header. */
  readonly CopySource: string
}

const copyParts = async (copy: S3Copy, { source, CopySource }: PartSource): Promise<void> => {
  const { client, to, options } = copy
  const target = { Bucket: to.bucket, Key: to.key }
  // Of a process that was killed while it copied here; of one that still does, its claim is gone.
  const listing = { client, bucket: to.bucket, prefix: to.key, signal: options.signal }
  await abortUploads(listing, (keys) => keys.filter((key) => key === to.key))
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({
      ...target,
      ...(source.contentType === undefined ? {} : { ContentType: source.contentType }),
    }),
    { abortSignal: options.signal },
  )
  if (UploadId === undefined) throw new Error('the store started no multipart upload')
  try {
    const etags = await copyEachPart(copy, { CopySource, UploadId })
    // For stores that ignore the condition on parts.
    await requireVersion(copy)
    const Parts = etags.map((ETag, index) => ({ PartNumber: index + 1, ETag: quoteEtag(ETag) }))
    const command = new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } })
    await copy.copyClient.send(command, { abortSignal: options.signal })
  } catch (error) {
    // Also after the caller's signal: parts of unfinished uploads cost space and are not listed anywhere.
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch((aborting) => {
      throw new AggregateError([error, aborting], 'the copy failed, and its parts could not be removed')
    })
    throw error
  }
}

const copyEachPart = async (
  { copyClient, to, options, copyPartBytes = DEFAULT_PART_BYTES }: S3Copy,
  each: { readonly CopySource: string; readonly UploadId: string },
): Promise<readonly string[]> => {
  const parts = planParts(options.sizeBytes, copyPartBytes)
  const etags: string[] = []
  const failed = new AbortController()
  let copiedBytes = 0
  await inParallel([...parts.entries()], PARALLEL_PARTS, async ([index, { start, end }]) => {
    const command = new UploadPartCopyCommand({
      ...each,
      Bucket: to.bucket,
      Key: to.key,
      PartNumber: index + 1,
      CopySourceRange: `bytes=${start}-${end}`,
      CopySourceIfMatch: quoteEtag(options.ifMatch),
    })
    try {
      const abortSignal = AbortSignal.any([options.signal, failed.signal])
      const { CopyPartResult } = await copyClient.send(command, { abortSignal })
      etags[index] = unquoteEtag(CopyPartResult?.ETag)
    } catch (error) {
      failed.abort()
      throw error
    }
    copiedBytes += end - start + 1
    options.onProgress?.(copiedBytes / options.sizeBytes)
  })
  return etags
}
