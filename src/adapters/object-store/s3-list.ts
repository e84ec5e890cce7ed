import { ListObjectsCommand, type S3Client } from '@aws-sdk/client-s3'
import { withSignal } from './s3-client.ts'
import { isMissing } from './s3-error.ts'

export interface S3Listing {
  readonly client: S3Client
  readonly bucket: string
  readonly prefix: string
  readonly signal: AbortSignal | undefined
}

/**
 * By the first version of the call, which every dialect has (OBS has no other), and with keys escaped, because XML cannot
 * carry them all. Stores list in byte order; the last key of a page is where the next begins.
 */
export async function* listObjects(
  listing: S3Listing,
): AsyncGenerator<{ readonly key: string; readonly sizeBytes: number }> {
  if (!listing.prefix.isWellFormed()) return
  let marker: string | undefined
  do {
    const page = await listPage(listing, marker)
    yield* page.objects
    marker = page.nextMarker
  } while (marker !== undefined)
}

interface Page {
  readonly objects: readonly { readonly key: string; readonly sizeBytes: number }[]
  readonly nextMarker: string | undefined
}

const listPage = async ({ client, bucket, prefix, signal }: S3Listing, marker: string | undefined): Promise<Page> => {
  const command = new ListObjectsCommand({
    Bucket: bucket,
    Prefix: prefix,
    EncodingType: 'url',
    ...(marker === undefined ? {} : { Marker: marker }),
  })
  try {
    const { Contents = [], IsTruncated, EncodingType } = await client.send(command, withSignal(signal))
    const decode = EncodingType === 'url' ? decodeKey : (key: string) => key
    const objects = Contents.map(({ Key = '', Size = 0 }) => ({ key: decode(Key), sizeBytes: Size }))
    const nextMarker = IsTruncated ? objects.at(-1)?.key : undefined
    if (IsTruncated && (nextMarker === undefined || nextMarker === marker)) {
      throw new Error('the store answers the same page of its list again')
    }
    return { objects, nextMarker }
  } catch (error) {
    if (isMissing(error)) return { objects: [], nextMarker: undefined }
    throw error
  }
}

/** As in forms: AWS writes a space as a plus sign, and a plus sign as %2B. */
const decodeKey = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '))
