import { addAbortSignal, Readable } from 'node:stream'
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { ObjectAddress, OpenedObject, ReadOptions } from '../../core/shared/object-store.ts'
import { isObjectKey } from './object-key.ts'
import { withSignal } from './s3-client.ts'
import { isMissing, isRefusedRead, quoteEtag, translateCondition, translateRefusal } from './s3-error.ts'
import { infoOf } from './s3-head.ts'

/** An object or a range of it; the size in `info` is that of what was asked for. `undefined`: there is none. */
export const openObject = async (
  client: S3Client,
  { bucket, key }: ObjectAddress,
  { range, ifMatch, signal }: ReadOptions,
): Promise<OpenedObject | undefined> => {
  if (!isObjectKey(key)) return undefined
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(range ? { Range: `bytes=${range.start}-${range.end}` } : {}),
    ...(ifMatch === undefined ? {} : { IfMatch: quoteEtag(ifMatch) }),
  })
  try {
    const found = await client.send(command, withSignal(signal))
    const { Body } = found
    if (!(Body instanceof Readable)) throw new Error('the store answered without a body')
    return { info: infoOf(found), bytes: signal ? addAbortSignal(signal, Body) : Body }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw isRefusedRead(error) ? translateRefusal(error, await client.config.region()) : translateCondition(error)
  }
}
