import { constants, copyFile, mkdir, realpath } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createApiClient } from '../cli/api-client.ts'
import { AUDIO_TYPES, VIDEO_TYPES } from '../core/catalog/video-type.ts'
import type { Config } from './config.ts'
import { readCredentials } from './credentials.ts'

interface PlayFileOptions {
  readonly config: Config
  readonly file: string
  readonly publicUrl: string
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

/** Where `telecine start FILE` puts files: a bucket like any other. */
const BUCKET = 'my-videos'
const POLL_MS = 500

/**
 * What a user does by hand, for one file: into a bucket, authorise the bucket, make an asset of the object, wait until it
 * plays. Prints `watch http://...` then, or why it never will.
 */
export const playFile = async ({ config, file, publicUrl, signal, print }: PlayFileOptions): Promise<void> => {
  const credentials = await readCredentials(config.dataDir)
  if (!credentials) throw new Error('credentials.json is not in the data folder')
  const object = await putIntoBucket(config, file)
  const { project_id: project, endpoint, access_key: access, secret_key: secret } = credentials
  const call = createApiClient({ endpoint, key: { access, secret }, signal })
  await call('PUT', `/v1.0/${project}/asset/authority`, { bucket: BUCKET, operation: '1' })
  const created = await call('POST', `/v1.0/${project}/asset/reproduction`, {
    title: object.slice(0, 30),
    video_type: videoType(object),
    input: { bucket: BUCKET, location: config.region, object },
    template_group_name: 'system_template_group',
    auto_publish: 1,
  })
  const id = String(created['asset_id'])
  const report = progressReporter((percent) => print(`preparing ${object}: ${percent} %`))
  for (;;) {
    const work = (await call('GET', `/telecine/v1/${project}/assets/work?asset_id=${id}`)) as unknown as WorkAnswer
    report(work.work.find(({ kind }) => kind === 'transcode')?.progress ?? 0)
    const { assets } = (await call('GET', `/v1.0/${project}/asset/list?asset_id=${id}`)) as unknown as ListAnswer
    const [asset] = assets
    if (asset?.transcode_status === 'TRANSCODE_SUCCEED') return print(`watch ${publicUrl}/watch/${id}`)
    if (asset?.asset_status === 'FAILED' || asset?.transcode_status === 'TRANSCODE_FAILED') {
      return print(`${object} does not play: ${asset.exec_desc}`)
    }
    // An audio file is not transcoded: its original plays.
    if (asset?.asset_status === 'PUBLISHED' && asset.duration_ms > 0 && asset.transcode_status === 'UN_TRANSCODE') {
      return print(`watch ${publicUrl}/watch/${id}`)
    }
    await delay(POLL_MS, undefined, { signal })
  }
}

interface WorkAnswer {
  readonly work: readonly { readonly kind: string; readonly progress: number }[]
}

/** Says every tenth that is reached, each once. */
const progressReporter = (print: (percent: number) => void): ((share: number) => void) => {
  let said = -1
  return (share) => {
    const percent = Math.floor(share * 10) * 10
    if (percent > said) print(percent)
    said = Math.max(said, percent)
  }
}

interface ListAnswer {
  readonly assets: readonly {
    readonly asset_status: string
    readonly transcode_status: string
    readonly exec_desc: string
    readonly duration_ms: number
  }[]
}

/** With the local store a file in a bucket's folder is an object; the copy costs no space where the file system can share it. */
const putIntoBucket = async ({ dataDir, objects }: Config, file: string): Promise<string> => {
  if (objects.kind !== 'local') {
    throw new Error(
      'start FILE needs the local object store; with S3, put the file into a bucket and call publishAssetFromObs',
    )
  }
  const source = await realpath(file)
  const folder = join(dataDir, 'buckets', BUCKET)
  await mkdir(folder, { recursive: true })
  const name = basename(source)
  await copyFile(source, join(folder, name), constants.COPYFILE_FICLONE)
  return name
}

/** By the ending; what has none the contract knows is tried as MP4, because the probe looks at the bytes anyway. */
const videoType = (name: string): string => {
  const ending = extname(name).slice(1).toUpperCase()
  return [...VIDEO_TYPES, ...AUDIO_TYPES].find((type) => type === ending && type !== 'HLS') ?? 'MP4'
}
