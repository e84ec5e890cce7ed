import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  HeadBucketCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
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
  const region = await client.config.region()
  try {
    await tryCreateBucket(client, bucket, region)
  } catch (error) {
    // Another process was faster.
    if (statusOf(error) === 409 && (await bucketExists(client, bucket))) return
    throw translateRefusal(error, region)
  }
}

/** AWS and OBS want the region said; Ceph and MinIO know only their own names of regions, if any. */
const tryCreateBucket = async (client: S3Client, bucket: string, region: string): Promise<void> => {
  if (region === 'us-east-1') {
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    return
  }
  try {
    // The SDK's type lists AWS's regions; the header takes any.
    const LocationConstraint = region as BucketLocationConstraint
    await client.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint } }))
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'InvalidLocationConstraint') throw error
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
  }
}
