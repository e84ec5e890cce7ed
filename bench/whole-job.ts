import { copyFile, link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import type { Clip } from './clips.ts'
import { type Cost, measureCost, settle } from './measure.ts'
import { cpuSecondsOf } from './processes.ts'
import { Product } from './product.ts'
import type { SignedClient } from './signed-client.ts'
import { bytesOfVariant, variantOf } from './variant.ts'

/** A tenant's bucket, in the local store a folder. */
export const BUCKET = 'bench'

/** It delays the end by a hundredth of the shortest job, and answering costs next to nothing. */
const POLL_MS = 1000

interface JobOptions {
  /** A file to write each video rendition to, the largest first. */
  readonly keepRenditions?: readonly string[]
  /** Settings of the product. */
  readonly environment?: Readonly<Record<string, string>>
  /** Absent: the usual ladder. */
  readonly templateGroup?: string
}

/** A whole installation on an empty folder, and in it one job: from the call until its renditions are listed. */
export const wholeJob = async (bench: Bench, clip: Clip, options: JobOptions = {}): Promise<Cost> => {
  const { templateGroup, environment, keepRenditions = [] } = options
  const dataDir = await mkdtemp(join(bench.folder, 'job-'))
  try {
    await using product = await Product.start(bench, {
      ...{ command: 'start', dataDir },
      ...(environment && { environment }),
    })
    await putIntoBucket(dataDir, clip.path, 'clip.mp4')
    using client = product.client({ connections: 1 })
    const { project_id: project } = product.credentials
    await authorizeBucket(client, project)
    await settle(product.pid, bench.signal)
    let assetId = ''
    const cost = await measureCost(
      () => cpuSecondsOf(product.pid),
      async () => {
        const order = { ...creation('clip.mp4'), ...(templateGroup && { template_group_name: templateGroup }) }
        const made = await client.call('POST', `/v1.0/${project}/asset/reproduction`, order)
        assetId = String(made['asset_id'])
        await untilTranscoded(bench, client, `/v1.0/${project}/asset/list?asset_id=${assetId}`)
      },
    )
    const play = `${product.credentials.endpoint}/asset/${assetId}/play_video/index.m3u8`
    for (const [rung, path] of keepRenditions.entries())
      await writeFile(path, await bytesOfVariant(await variantOf(play, rung)))
    return cost
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** The body of the call that makes an asset of an object in our bucket. */
export const creation = (object: string) => ({
  title: object,
  video_type: 'MP4',
  input: { bucket: BUCKET, location: 'cn-north-4', object },
  template_group_name: 'system_template_group',
  auto_publish: 1,
})

/** By a link where that is possible: it takes no room, and leaves the disk nothing to write while something is measured. */
export const putIntoBucket = async (dataDir: string, from: string, name: string): Promise<void> => {
  await mkdir(join(dataDir, 'buckets', BUCKET), { recursive: true })
  const to = join(dataDir, 'buckets', BUCKET, name)
  await link(from, to).catch(() => copyFile(from, to))
}

export const authorizeBucket = async (client: SignedClient, project: string): Promise<void> => {
  await client.call('PUT', `/v1.0/${project}/asset/authority`, { bucket: BUCKET, operation: '1' })
}

/** Asks the list until the renditions are there. */
export const untilTranscoded = async ({ signal }: Bench, client: SignedClient, target: string): Promise<void> => {
  for (;;) {
    const { assets } = await client.call('GET', target)
    const [asset]: readonly Readonly<Record<string, unknown>>[] = Array.isArray(assets) ? assets : []
    if (asset?.['transcode_status'] === 'TRANSCODE_SUCCEED') return
    if (asset?.['asset_status'] === 'FAILED' || asset?.['transcode_status'] === 'TRANSCODE_FAILED') {
      throw new Error(`the job failed: ${String(asset['exec_desc'])}`)
    }
    await delay(POLL_MS, undefined, { signal })
  }
}
