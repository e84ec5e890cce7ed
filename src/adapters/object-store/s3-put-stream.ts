import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { ObjectAddress, PutStreamOptions } from '../../core/shared/object-store.ts'
import { planParts } from './s3-copy.ts'
import { abortUploads } from './s3-uploads.ts'
import { wholeOf } from './whole-of.ts'

const DEFAULT_PART_BYTES = 16 * 1_048_576

export interface S3PutStream {
  readonly client: S3Client
  readonly putPartBytes?: number | undefined
  readonly object: ObjectAddress
  readonly bytes: AsyncIterable<Uint8Array>
  readonly options: PutStreamOptions
}

/** What fits one part in one call, all else as a multipart upload, which no reader sees before it is complete. */
export const putStream = async (put: S3PutStream): Promise<void> => {
  const { client, object, bytes, options, putPartBytes = DEFAULT_PART_BYTES } = put
  const { sizeBytes, contentType, signal } = options
  const sizes = sizeBytes === undefined ? endless(putPartBytes) : partSizes(sizeBytes, putPartBytes)
  const parts = partsOf(wholeOf(bytes, sizeBytes), sizes)
  const { value: Body = new Uint8Array() } = await parts.next()
  // The whole must be known before the one call that makes the object.
  const second = await parts.next()
  if (!second.done) return await putParts(put, joined([Body, second.value], parts))
  const command = new PutObjectCommand({ Bucket: object.bucket, Key: object.key, Body, ContentType: contentType })
  await client.send(command, { abortSignal: signal })
}

const putParts = async (put: S3PutStream, parts: AsyncIterable<Uint8Array>): Promise<void> => {
  const { client, object, options } = put
  const { signal: abortSignal, contentType: ContentType } = options
  const target = { Bucket: object.bucket, Key: object.key }
  // Of a process that was killed while it wrote here; of one that still does, its claim is gone.
  const listing = { client, bucket: object.bucket, prefix: object.key, signal: abortSignal }
  await abortUploads(listing, (keys) => keys.filter((key) => key === object.key))
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, ContentType }), { abortSignal })
  if (UploadId === undefined) throw new Error('the store started no multipart upload')
  try {
    const Parts: CompletedPart[] = []
    for await (const Body of parts) {
      const PartNumber = Parts.length + 1
      const part = new UploadPartCommand({ ...target, UploadId, PartNumber, Body })
      const { ETag } = await client.send(part, { abortSignal })
      Parts.push({ PartNumber, ETag })
    }
    const command = new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } })
    await client.send(command, { abortSignal })
  } catch (error) {
    // Also after the caller's signal: parts of unfinished uploads cost space and are not listed anywhere.
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch((aborting) => {
      throw new AggregateError([error, aborting], 'the upload failed, and its parts could not be removed')
    })
    throw error
  }
}

const partSizes = (sizeBytes: number, partBytes: number): IteratorObject<number, undefined> =>
  planParts(sizeBytes, partBytes)
    .map(({ start, end }) => end - start + 1)
    .values()

function* endless(partBytes: number): Generator<number, undefined> {
  while (true) yield partBytes
}

async function* joined(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first
  yield* rest
}

/** The bytes in pieces of these sizes, each in one buffer; the last one may be smaller. */
async function* partsOf(
  bytes: AsyncIterable<Uint8Array>,
  waiting: IteratorObject<number, undefined>,
): AsyncGenerator<Uint8Array> {
  let part = Buffer.allocUnsafe(waiting.next().value ?? 0)
  let filled = 0
  for await (const chunk of bytes) {
    for (let from = 0; from < chunk.length; ) {
      const taken = chunk.subarray(from, from + part.length - filled)
      part.set(taken, filled)
      filled += taken.length
      from += taken.length
      if (filled < part.length) continue
      yield part
      part = Buffer.allocUnsafe(waiting.next().value ?? 0)
      filled = 0
    }
  }
  if (filled > 0) yield part.subarray(0, filled)
}
