import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AssetProcessReq, CreateAssetProcessTaskRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { expect } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { BUCKET, type Import, type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { decoded } from './decoded.ts'

/** With a keyframe at every second, so that there are several segments. */
export const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-force_key_frames', 'expr:gte(t,n_forced)']

export type Streams = ReturnType<typeof adoptedStreams>

type Output = readonly [format: string, height: number]

interface GroupOptions {
  readonly common?: object
  readonly watermark_template_ids?: readonly string[]
}

/** HLS streams in the tenant's bucket, and assets that are made of them. */
export const adoptedStreams = (installation: Installation) => {
  const { tenant, server, dataDir } = installation
  const { store } = server.foundation
  const pathOf = (key: string) => join(dataDir, 'buckets', BUCKET, key)
  /** By the store: it gets over folders that a sweep removes meanwhile. */
  const keysIn = (folder: string) => Array.fromAsync(store.list(BUCKET, `${folder}/`), ({ key }) => key)
  /** Contents by name. */
  const filesOf = async (folder: string): Promise<ReadonlyMap<string, string>> => {
    const keys = (await keysIn(folder)).toSorted()
    return new Map(await Promise.all(keys.map(async (key) => [key, await readFile(pathOf(key), 'base64')] as const)))
  }
  const makeSegments = async (folder: string, args: readonly string[]): Promise<void> => {
    await mkdir(pathOf(folder), { recursive: true })
    const hls = ['-f', 'hls', '-hls_time', '1', '-hls_playlist_type', 'vod']
    const segments = args.includes('fmp4') ? [] : ['-hls_segment_filename', pathOf(`${folder}/%03d.ts`)]
    await ffmpeg('-v', 'error', ...args, ...hls, ...segments, pathOf(`${folder}/index.m3u8`))
  }
  const infoOf = async (id: AssetId) => {
    const { body } = await tenant.call('GET', '/asset/info', { query: `asset_id=${id}` })
    return Object(body).asset_info_array[0]
  }
  return {
    ...{ pathOf, keysIn, filesOf, makeSegments, infoOf },
    async createGroup(name: string, outputs: readonly Output[], { common = {}, ...more }: GroupOptions = {}) {
      const quality_info_list = outputs.map(([format, height]) => ({
        ...{ format, video: { quality: 'SD', width: 0, height }, audio: { sample_rate: 1, channels: 2 } },
      }))
      const body = {
        ...{ name, type: 'custom_template_group', quality_info_list, ...more },
        common: { pvc: '0', hls_interval: 2, ...common },
      }
      const answer = await tenant.call('POST', '/asset/template_group/transcodings', { body })
      expect([answer.status, answer.text]).toEqual([200, expect.any(String)])
    },
    /** Two variants of MPEG-TS, the better one second; answers the bytes of all files. */
    async makeShow(folder: string, source: string) {
      await makeSegments(`${folder}/v1`, ['-i', source, ...X264, '-c:a', 'copy'])
      await makeSegments(`${folder}/v2`, ['-i', source, '-vf', 'scale=160:90', ...X264, '-c:a', 'copy'])
      const variant = (bandwidth: number, name: string) => [
        ...[`#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth}`, `${name}/index.m3u8`],
      ]
      const lines = ['#EXTM3U', ...variant(90_000, 'v2'), ...variant(400_000, 'v1'), '']
      await installation.put(`${folder}/master.m3u8`, Buffer.from(lines.join('\n')))
      return filesOf(folder)
    },
    adopt(key: string, options: Import): Promise<AssetId> {
      const folder = key.slice(0, key.lastIndexOf('/'))
      return installation.import(key, { type: 'HLS', output: { bucket: BUCKET, path: folder }, ...options })
    },
    playUrls: async (id: AssetId): Promise<readonly string[]> =>
      (await infoOf(id)).play_info_array.map(({ url }: { readonly url: string }) => url),
    order: (id: AssetId, group: string, encrypt = 0) =>
      tenant.vod.createAssetProcessTask(
        new CreateAssetProcessTaskRequest().withBody(
          new AssetProcessReq(id).withTemplateGroupName(group).withAutoEncrypt(encrypt),
        ),
      ),
    async deleteAsset(id: AssetId, folder: string, theirs: ReadonlyMap<string, string>) {
      await installation.remove(id)
      expect(await filesOf(folder)).toEqual(theirs)
    },
    /** Of a file of the asset's. */
    at: (id: AssetId, file: string) => `${server.url}/asset/${id}/play_video/${file}`,
  }
}

/** An installation with these template groups, and a film to make streams of. */
export const startStreams = async (groups: Readonly<Record<string, readonly Output[]>>) => {
  const installation = await startInstallation()
  const streams = adoptedStreams(installation)
  for (const [name, outputs] of Object.entries(groups)) await streams.createGroup(name, outputs)
  const source = await clip({ seconds: 3 })
  return { installation, streams, source, frames: (await decoded(source)).frames }
}

export const textOf = async (url: string) => (await fetch(url)).text()
export const statusOf = async (url: string) => (await fetch(url)).status
