import { CreateBucketCommand, HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3'
import { isBucketName } from './object-key.ts'
import { isElsewhere, isMissing, statusOf, translateRefusal } from './s3-error.ts'

export const bucketExists = async (client: S3Client, bucket: string): Promise<boolean> => {
  if (!isBucketName(bucket)) return false
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }))
    return true
  } catch (error) {
    const region = await client.config.region()
    if (isMissing(error) || isElsewhere(error, region)) return false
    throw translateRefusal(error, region)
  }
}

export const createBucket = async (client: S3Client, bucket: string): Promise<void> => {
  if (await bucketExists(client, bucket)) return
  try {
    await tryCreateBucket(client, bucket)
  } catch (error) {
    // Another process was faster.
    if (statusOf(error) === 409 && (await bucketExists(client, bucket))) return
    throw translateRefusal(error, await client.config.region())
  }
}

/** AWS and OBS want the region said, which the SDK does; Ceph and MinIO know only their own names of regions, if any. */
const tryCreateBucket = async (client: S3Client, bucket: string): Promise<void> => {
  const command = () => new CreateBucketCommand({ Bucket: bucket })
  try {
    await client.send(command())
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'InvalidLocationConstraint') throw error
    await client.send(withoutRegion(command()))
  }
}

/** The SDK has no option for it: what one of its own steps puts into the request is taken out again after it. */
const withoutRegion = (command: CreateBucketCommand): CreateBucketCommand => {
  command.middlewareStack.add(
    (next) => (args) => {
      const { CreateBucketConfiguration: _, ...input } = args.input
      return next({ ...args, input })
    },
    { step: 'initialize', priority: 'low', name: 'withoutRegion' },
  )
  return command
}
