import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalObjectStore } from '../../src/adapters/object-store/local.ts'
import type { S3StoreSettings } from '../../src/adapters/object-store/s3-client.ts'
import type { ObjectStore } from '../../src/core/shared/object-store.ts'
import { hasRadosgw, startRadosgw } from './radosgw.ts'

/** A local store in a folder of its own. */
export interface LocalStoreUnderTest extends AsyncDisposable {
  readonly store: ObjectStore
  /** The folder of the buckets' folders. */
  readonly root: string
  readonly signingSecret: Uint8Array
}

export const createLocalStore = async (publicUrl = 'http://127.0.0.1'): Promise<LocalStoreUnderTest> => {
  const root = await mkdtemp(join(tmpdir(), 'buckets-'))
  const signingSecret = randomBytes(32)
  const store = createLocalObjectStore({ root, signingSecret, publicUrl: () => publicUrl, now: () => new Date() })
  return {
    store,
    root,
    signingSecret,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

/** An S3 server, ours for the time being. */
export interface S3UnderTest extends AsyncDisposable {
  readonly settings: S3StoreSettings & { readonly endpoint: string }
}

/** Why there is no S3 server to test on; `undefined` when there is one. */
export const missingS3 = (): string | undefined =>
  process.env['TELECINE_TEST_S3_ENDPOINT'] !== undefined || hasRadosgw()
    ? undefined
    : 'no S3 server: run .ci/install-ceph (Debian), or set TELECINE_TEST_S3_ENDPOINT, _ACCESS_KEY and _SECRET_KEY'

/** Whether what cannot be tested here is a failure. */
export const mustTestAll = (): boolean => process.env['TELECINE_TEST_ALL'] === '1'

/** `TELECINE_TEST_S3_ENDPOINT`, else a radosgw of our own. */
export const startS3 = async (): Promise<S3UnderTest> => {
  const endpoint = process.env['TELECINE_TEST_S3_ENDPOINT']
  const common = { region: 'us-east-1', pathStyle: true }
  if (endpoint !== undefined) {
    const accessKey = process.env['TELECINE_TEST_S3_ACCESS_KEY'] ?? ''
    const secretKey = process.env['TELECINE_TEST_S3_SECRET_KEY'] ?? ''
    return { settings: { ...common, endpoint, accessKey, secretKey }, [Symbol.asyncDispose]: async () => undefined }
  }
  const radosgw = await startRadosgw()
  const { accessKey, secretKey } = radosgw
  return {
    settings: { ...common, endpoint: radosgw.endpoint, accessKey, secretKey },
    [Symbol.asyncDispose]: () => radosgw[Symbol.asyncDispose](),
  }
}

/** For processes that keep their objects there. */
export const s3Settings = ({ settings }: S3UnderTest): Readonly<Record<string, string>> => ({
  TELECINE_S3_ENDPOINT: settings.endpoint,
  TELECINE_S3_REGION: settings.region,
  TELECINE_S3_ACCESS_KEY: settings.accessKey,
  TELECINE_S3_SECRET_KEY: settings.secretKey,
  TELECINE_S3_PATH_STYLE: String(settings.pathStyle),
})
