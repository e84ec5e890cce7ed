import { S3Client } from '@aws-sdk/client-s3'

export interface S3StoreSettings {
  /** `undefined` for AWS itself, whose endpoint follows from the region. */
  readonly endpoint: string | undefined
  readonly region: string
  readonly accessKey: string
  readonly secretKey: string
  /** `https://host/bucket/key` rather than `https://bucket.host/key`: MinIO and Ceph mostly need it, OBS and S3 do without. */
  readonly pathStyle: boolean
  /** Copies above this go part by part; stores take at most 5 GiB in one go, which is the default. Tests lower it. */
  readonly singleCopyMaxBytes?: number
  /** Size of such parts, unless there would be more than 10,000; default 256 MiB, at least 5 MiB. */
  readonly copyPartBytes?: number
  /** Streams of more go part by part, each of this size and held in memory; default 16 MiB, at least 5 MiB. */
  readonly putPartBytes?: number
}

const MAX_ATTEMPTS = 3
const MAX_SOCKETS = 64
/** Each body that is read holds its connection until its last byte: as many as may be watched at a time. */
const MAX_READ_SOCKETS = 1024
const CONNECT_TIMEOUT_MS = 10_000
/** The longest silence on a connection, also while a body is read. */
const IDLE_TIMEOUT_MS = 60_000
/** Stores copy before they answer, at some 100 MB/s and more. */
const COPY_IDLE_TIMEOUT_MS = 900_000

/** For everything but copies and bodies. */
export const createS3Client = (settings: S3StoreSettings): S3Client =>
  createClient(settings, { idleTimeoutMs: IDLE_TIMEOUT_MS, maxSockets: MAX_SOCKETS })

/** For bodies alone: with connections of their own, slow readers cannot keep everything else waiting. */
export const createS3ReadClient = (settings: S3StoreSettings): S3Client =>
  createClient(settings, { idleTimeoutMs: IDLE_TIMEOUT_MS, maxSockets: MAX_READ_SOCKETS })

export const createS3CopyClient = (settings: S3StoreSettings): S3Client =>
  createClient(settings, { idleTimeoutMs: COPY_IDLE_TIMEOUT_MS, maxSockets: MAX_SOCKETS })

interface ConnectionLimits {
  readonly idleTimeoutMs: number
  readonly maxSockets: number
}

const createClient = (settings: S3StoreSettings, { idleTimeoutMs, maxSockets }: ConnectionLimits): S3Client => {
  const agent = { keepAlive: true, maxSockets }
  return new S3Client({
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    region: settings.region,
    credentials: { accessKeyId: settings.accessKey, secretAccessKey: settings.secretKey },
    forcePathStyle: settings.pathStyle,
    // The SDK's default checksums break R2, B2, OBS and older Ceph (aws/aws-sdk-js-v3#6810, #6819).
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: idleTimeoutMs,
      // Waiting for one of the bounded sockets is intended, and no reason to print warnings.
      socketAcquisitionWarningTimeout: 2_147_483_647,
      httpAgent: agent,
      httpsAgent: agent,
    },
  })
}

/** Send options with a signal, or none: the SDK does not take `undefined` for absent. */
export const withSignal = (signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } =>
  signal === undefined ? {} : { abortSignal: signal }
