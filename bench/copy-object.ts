import { randomFillSync } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import type { Figure } from './figure.ts'
import { settle } from './measure.ts'
import { commandLineOf, residentBytes, transferredBytes, treeOf } from './processes.ts'
import { Product } from './product.ts'
import { authorizeBucket, BUCKET, creation } from './whole-job.ts'

const MEGABYTE = 1e6
const SAMPLE_MS = 10

/** Line (d): the transfer of a large object, as the worker of a whole installation does it. */
export const copyLargeObject = async (bench: Bench): Promise<readonly Figure[]> => {
  const sizeBytes = bench.quick ? 64 << 20 : 2 * 1024 ** 3
  const dataDir = await mkdtemp(join(bench.folder, 'copy-'))
  try {
    const bucket = join(dataDir, 'buckets', BUCKET)
    await mkdir(bucket, { recursive: true })
    await writeRandom(join(bucket, 'small.mp4'), 1 << 20)
    await writeRandom(join(bucket, 'large.mp4'), sizeBytes)
    await using product = await Product.start(bench, { command: 'start', dataDir })
    // The first transfer loads code and fills pools, which is no growth by the object's size.
    await transfer(bench, product, 'small.mp4')
    await settle(product.pid, bench.signal)
    const seen = await transfer(bench, product, 'large.mp4')
    bench.say(`copied ${sizeBytes / MEGABYTE} MB in ${seen.seconds.toFixed(1)} s`)
    return figuresOf(seen, sizeBytes)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface Transfer {
  readonly seconds: number
  /** Read and written by our processes themselves. */
  readonly bytes: number
  readonly growthBytes: number
}

/** From the call until the copy lies in its place; what reads the copy afterwards is another task. */
const transfer = async ({ signal }: Bench, product: Product, object: string): Promise<Transfer> => {
  const { project_id: project } = product.credentials
  using client = product.client({ connections: 1 })
  await authorizeBucket(client, project)
  const ours = ourProcesses(product.pid)
  const worker = ours.find((pid) => commandLineOf(pid).includes('worker'))
  if (worker === undefined) throw new Error('the installation has no worker')
  const transferred = () => ours.reduce((sum, pid) => sum + transferredBytes(pid), 0)
  const before = { at: performance.now(), bytes: transferred(), resident: residentBytes(worker) }
  const made = await client.call('POST', `/v1.0/${project}/asset/reproduction`, creation(object))
  const folder = join(product.dataDir, 'buckets/vod-bucket-1-cn-north-4', project, String(made['asset_id']))
  let [bytes, resident] = [before.bytes, before.resident]
  for (;;) {
    // In this order: what was read off before the copy was there has nothing of what comes after it.
    const sample = { bytes: transferred(), resident: residentBytes(worker) }
    if ((await readdir(folder).catch(() => [])).length > 0) break
    bytes = sample.bytes
    resident = Math.max(resident, sample.resident)
    await delay(SAMPLE_MS, undefined, { signal })
  }
  const seconds = (performance.now() - before.at) / 1000
  return { seconds, bytes: bytes - before.bytes, growthBytes: resident - before.resident }
}

/** Supervisor, API and worker: neither PostgreSQL nor the program that copies. */
const ourProcesses = (root: number): readonly number[] =>
  treeOf(root)
    .map(({ pid }) => pid)
    .filter((pid) => commandLineOf(pid).some((word) => /\/(bin\/telecine|cli\/main)\.js$/.test(word)))

const figuresOf = ({ seconds, bytes, growthBytes }: Transfer, sizeBytes: number): readonly Figure[] => [
  {
    id: 'd.bytes',
    what: 'read and written by supervisor, API and worker while the object was copied',
    value: bytes / MEGABYTE,
    unit: 'MB',
    target: { atMost: 1 },
    parts: { object_MB: sizeBytes / MEGABYTE, seconds },
  },
  {
    id: 'd.memory',
    what: 'growth of the worker meanwhile',
    value: growthBytes / MEGABYTE,
    unit: 'MB',
    target: { atMost: 20 },
    parts: { object_MB: sizeBytes / MEGABYTE },
  },
]

/** Real blocks: of a sparse file nothing would have to be copied. */
const writeRandom = async (path: string, sizeBytes: number): Promise<void> => {
  const block = randomFillSync(Buffer.allocUnsafe(Math.min(sizeBytes, 32 << 20)))
  await using file = await open(path, 'wx')
  for (let written = 0; written < sizeBytes; written += block.length) await file.appendFile(block)
}
