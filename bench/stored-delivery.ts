import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import { evenClip } from './clips.ts'
import { type Download, download, roundAndRound } from './download.ts'
import { type Figure, median } from './figure.ts'
import { type Cost, measureCost, settle } from './measure.ts'
import { startPlainNginx } from './plain-nginx.ts'
import { cpuSecondsOf } from './processes.ts'
import { Product } from './product.ts'
import { variantOf } from './variant.ts'
import { authorizeBucket, creation, putIntoBucket, untilTranscoded } from './whole-job.ts'

const CONNECTIONS = 8

/** Line (m): segments of about a megabyte of an encrypted asset, as they lie in the store, against nginx with the very same files. */
export const deliverStored = async (bench: Bench): Promise<readonly Figure[]> => {
  bench.say('line m needs 1 GB')
  const dataDir = await mkdtemp(join(bench.folder, 'stored-'))
  try {
    // nginx runs without rights when we are root.
    await chmod(dataDir, 0o755)
    await using product = await Product.start(bench, { command: 'start', dataDir })
    const { assetId, paths } = await encryptedAsset(bench, product)
    const { project_id: project, endpoint } = product.credentials
    const from = `${join(dataDir, 'buckets/vod-bucket-1-cn-north-4', project, assetId)}/`
    await using nginx = await startPlainNginx(`${dataDir}-nginx`, { location: `/asset/${assetId}/`, from })
    await settle(product.pid, bench.signal)
    const sides = { ours: { origin: endpoint, pid: product.pid }, theirs: nginx }
    // Both open and cache what they need at the first requests.
    for (const side of [sides.ours, sides.theirs]) await load(bench, side, { paths, seconds: bench.quick ? 0.5 : 2 })
    const rounds: { readonly ours: Load; readonly theirs: Load }[] = []
    for (let round = 0; round < bench.rounds; round++) {
      const work = { paths, seconds: bench.quick ? 1 : 5 }
      rounds.push({ ours: await load(bench, sides.ours, work), theirs: await load(bench, sides.theirs, work) })
      const [ours, theirs] = [rounds.at(-1)?.ours, rounds.at(-1)?.theirs].map((one) => one?.perSecond.toFixed(0))
      bench.say(`segments per second: ours ${ours}, nginx ${theirs}`)
    }
    return figuresOf(rounds)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Its packets are those of its source: nothing is encoded. */
const encryptedAsset = async (bench: Bench, product: Product) => {
  const { project_id: project, endpoint } = product.credentials
  const clip = await evenClip(bench, { seconds: bench.quick ? 30 : 60, bitrateKbps: 1600, keyframeSeconds: 5 })
  await putIntoBucket(product.dataDir, clip.path, 'clip.mp4')
  using client = product.client({ connections: 1 })
  await authorizeBucket(client, project)
  const order = { ...creation('clip.mp4'), template_group_name: 'original_template_group', auto_encrypt: 1 }
  const assetId = String((await client.call('POST', `/v1.0/${project}/asset/reproduction`, order))['asset_id'])
  await untilTranscoded(bench, client, `/v1.0/${project}/asset/list?asset_id=${assetId}`)
  const { playlist, segments } = await variantOf(`${endpoint}/asset/${assetId}/play_video/index.m3u8`, 0)
  if (!playlist.includes('#EXT-X-KEY:METHOD=AES-128')) throw new Error('the stream is not encrypted')
  return { assetId, paths: segments.map((url) => new URL(url).pathname) }
}

interface Server {
  readonly origin: string
  readonly pid: number
}

interface Work {
  readonly paths: readonly string[]
  readonly seconds: number
}

interface Load extends Download, Cost {
  readonly perSecond: number
}

const load = async ({ signal }: Bench, { origin, pid }: Server, { paths, seconds }: Work): Promise<Load> => {
  signal.throwIfAborted()
  let got: Download = { requests: 0, bytes: 0 }
  const cost = await measureCost(
    () => cpuSecondsOf(pid),
    async () => {
      got = await download(origin, { connections: CONNECTIONS, next: roundAndRound(paths, seconds) })
    },
  )
  return { ...got, ...cost, perSecond: got.requests / cost.wallSeconds }
}

const figuresOf = (rounds: readonly { readonly ours: Load; readonly theirs: Load }[]): readonly Figure[] => {
  const msEach = ({ cpuSeconds, requests }: Load) => (1000 * cpuSeconds) / requests
  const all = rounds.flatMap(({ ours, theirs }) => [ours, theirs])
  const [bytes, requests] = [
    all.reduce((sum, one) => sum + one.bytes, 0),
    all.reduce((sum, one) => sum + one.requests, 0),
  ]
  return [
    {
      id: 'm.rate',
      what: 'stored segments of an encrypted asset per second against nginx with the same files',
      value: median(rounds.map(({ ours, theirs }) => ours.perSecond / theirs.perSecond)),
      unit: 'ratio',
      target: { atLeast: 0.5 },
      parts: {
        ours_per_s: median(rounds.map(({ ours }) => ours.perSecond)),
        theirs_per_s: median(rounds.map(({ theirs }) => theirs.perSecond)),
        segment_MB: bytes / requests / 1e6,
        connections: CONNECTIONS,
        others_processors: Math.max(...all.map(({ othersProcessors }) => othersProcessors)),
      },
    },
    {
      id: 'm.cpu',
      what: 'processor time of a segment, of nginx as a share of ours; the client not counted',
      value: median(rounds.map(({ ours, theirs }) => msEach(theirs) / msEach(ours))),
      unit: 'ratio',
      parts: {
        ours_ms: median(rounds.map(({ ours }) => msEach(ours))),
        theirs_ms: median(rounds.map(({ theirs }) => msEach(theirs))),
      },
    },
  ]
}
