import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { COVER_PATH } from '../../src/core/catalog/object-keys.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { insertAsset } from './asset-fixtures.ts'
import type { ContractServer } from './support.ts'

export const RUN = 'f'.repeat(32)
export const SOURCE_FILE = `${'a'.repeat(32)}.mp4`
export const SEGMENT = `play_video/${RUN}_1/00000.m4s`
export const PLAYLIST = `play_video/${RUN}_1_854X480_600_0.m3u8`

/** What lies below the prefix of an asset, as a finished job leaves it, and some litter of a job that is not recorded. */
export const FILES: Readonly<Record<string, string>> = {
  [SOURCE_FILE]: 'the source itself',
  'cover/Cover0.jpg': 'a picture',
  'play_video/index.m3u8': '#EXTM3U master',
  [PLAYLIST]: '#EXTM3U media',
  [SEGMENT]: '0123456789',
  [`play_video/${'e'.repeat(32)}_1/00000.m4s`]: 'of another run',
  'private.txt': 'nobody may see this',
}

/** A published, transcoded asset with its files. */
export const insertDelivered = async (
  server: ContractServer,
  change: Parameters<typeof insertAsset>[2] = {},
): Promise<AssetId> => {
  const id = await insertAsset(server, server.tenant, {
    ...{ published: true, cover: COVER_PATH, transcode: { state: 'succeeded' } },
    renditions: [{}],
    ...change,
  })
  await putFiles(server, id)
  return id
}

export const putFiles = async (server: ContractServer, id: AssetId): Promise<void> => {
  const { store, config } = server.foundation
  for (const [path, content] of Object.entries(FILES)) {
    const object = { bucket: config.vodBucket, key: `${server.tenant.projectId}/${id}/${path}` }
    await store.put(object, Buffer.from(content), { contentType: 'application/octet-stream' })
  }
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** The path goes over the wire as it is; `fetch` would tidy it up. */
export const get = (
  server: ContractServer,
  path: string,
  { method = 'GET', headers = {} }: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url)
    const sent = request({ hostname, port, path, method, headers, agent: false }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }), reject)
    })
    sent.on('error', reject).end()
  })
