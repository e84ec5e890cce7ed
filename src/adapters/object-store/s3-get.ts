import { addAbortSignal, Readable } from 'node:stream'
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3'
import {
  type FillOptions,
  type ObjectAddress,
  ObjectChangedError,
  type OpenedObject,
  type ReadOptions,
} from '../../core/shared/object-store.ts'
import { isObjectKey } from './object-key.ts'
import { fillBy, type Places, roomIn } from './places.ts'
import { withSignal } from './s3-client.ts'
import { isRefusedRead, quoteEtag, translateCondition, translateRefusal } from './s3-error.ts'
import { infoOf } from './s3-head.ts'

/** Fails as `ObjectStore.read`. */
export const getObject = async (
  client: S3Client,
  { bucket, key }: ObjectAddress,
  { range, ifMatch, signal }: ReadOptions,
): Promise<GetObjectCommandOutput & { readonly Body: Readable }> => {
  if (!isObjectKey(key)) throw new ObjectChangedError('there is no such object')
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
    return { ...found, Body: signal ? addAbortSignal(signal, Body) : Body }
  } catch (error) {
    throw isRefusedRead(error) ? translateRefusal(error, await client.config.region()) : translateCondition(error)
  }
}

/** `ObjectStore.fill`. */
export const fillFromObject = async (
  client: S3Client,
  object: ObjectAddress,
  { places, options }: { readonly places: Places; readonly options: FillOptions },
): Promise<void> => {
  const { start, ...version } = options
  const wanted = roomIn(places)
  const range = { start, end: start + wanted - 1 }
  const { Body, ContentLength = wanted } = await getObject(client, object, { ...version, range })
  if (ContentLength < wanted) {
    Body.destroy()
    throw new RangeError(`${object.bucket}/${object.key} ends before byte ${start + wanted}`)
  }
  const bytes = await fillBy(places, Body)
  if (bytes > wanted) throw new Error(`the store sent more than ${wanted} bytes`)
  if (bytes < wanted) throw new Error(`the store sent ${bytes} of ${wanted} bytes`)
}

/** `ObjectStore.open`. */
export const openObject = async (
  client: S3Client,
  object: ObjectAddress,
  signal: AbortSignal | undefined,
): Promise<OpenedObject | undefined> => {
  try {
    const found = await getObject(client, object, { ...(signal && { signal }) })
    // Of a proxy in between, for example: whoever passes it on has to say it.
    if (found.ContentLength === undefined) throw new Error('the store does not say how long an object is')
    const { Body } = found
    return { info: infoOf(found), stream: () => Body, close: async () => void Body.destroy() }
  } catch (error) {
    if (error instanceof ObjectChangedError) return undefined
    throw error
  }
}
