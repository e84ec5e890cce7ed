import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from '../src/adapters/postgres/connect.ts'
import { INFO_STATUS, LIST_STATUS, TRANSCODE_STATES } from '../src/wire/catalog/asset-status.ts'
import { keysOf } from '../src/wire/catalog/list-query.ts'
import type { Bench } from './bench.ts'
import { type Figure, quantile } from './figure.ts'
import { seedCatalog } from './large-catalog.ts'
import { measureCost } from './measure.ts'
import { cpuSecondsOf, residentBytes, treeOf } from './processes.ts'
import type { Product } from './product.ts'
import { startSeparateApi } from './separate-api.ts'
import type { SignedClient } from './signed-client.ts'

const CALLS = 100

/** Line (k): every filter of asset/list and asset/info by signed HTTP, in a project of a million assets. */
export const listFilters = async (bench: Bench): Promise<readonly Figure[]> => {
  const dataDir = await mkdtemp(join(bench.folder, 'catalog-'))
  try {
    await using api = await startSeparateApi(bench, dataDir)
    const { product, postgres } = api
    await using db = connect(postgres.url, { max: 1, applicationName: 'telecine bench' })
    const assets = bench.quick ? 5_000 : 1_000_000
    const projectId = product.credentials.project_id
    const [category = 0] = await seedCatalog(db, { projectId, assets })
    bench.say(`${assets} assets are there`)
    using client = product.client({ connections: 1 })
    const meter = () => cpuSecondsOf(product.pid) + cpuSecondsOf(postgres.pid)
    return await measureFilters({ ...bench, client, meter, product }, { projectId, assets, category })
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface FilterBench extends Bench {
  readonly client: SignedClient
  readonly meter: () => number
  readonly product: Product
}

interface Catalog {
  readonly projectId: string
  readonly assets: number
  readonly category: number
}

const measureFilters = async (bench: FilterBench, catalog: Catalog): Promise<readonly Figure[]> => {
  const figures: Figure[] = []
  let mostMb = 0
  for (const [name, query] of queriesOf(catalog)) {
    const times: number[] = []
    const cost = await measureCost(bench.meter, async () => {
      // The first reads what no cache holds yet.
      for (let call = 0; call <= (bench.quick ? 3 : CALLS); call++) {
        bench.signal.throwIfAborted()
        const from = performance.now()
        await bench.client.call('GET', `/v1.0/${catalog.projectId}/asset/${query}`)
        if (call > 0) times.push(performance.now() - from)
      }
    })
    mostMb = Math.max(mostMb, ...treeOf(bench.product.pid).map(({ pid }) => residentBytes(pid) / 1e6))
    figures.push({
      ...{ id: `k.${name}`, what: `99th percentile of ${query}`, value: quantile(times, 0.99), unit: 'ms' },
      target: { atMost: 50 },
      parts: {
        ...{ p50_ms: quantile(times, 0.5), worst_ms: Math.max(...times), assets: catalog.assets },
        others_processors: cost.othersProcessors,
      },
    })
    bench.say(
      `${query}: ${quantile(times, 0.5).toFixed(1)} ms, ${quantile(times, 0.99).toFixed(1)} ms at the 99th percentile`,
    )
  }
  const memory = { id: 'k.memory', what: 'resident memory of the API, the most after any filter' } as const
  return [
    ...figures,
    { ...memory, value: mostMb, unit: 'MB', target: { atMost: 300 }, parts: { filters: figures.length } },
  ]
}

/** Each filter by what many assets match, few, and none. */
const queriesOf = ({ category }: Catalog): readonly (readonly [string, string])[] => [
  ['all', 'list'],
  ['oldest', 'list?order=asc'],
  ['page', 'list?page=199&size=100'],
  ...keysOf(LIST_STATUS).map((status) => [`status.${status}`, `list?status=${status}`] as const),
  ['status.two', 'list?status=FAILED&status=TRANSCODE_FAILED'],
  ...['MP4', 'MOV', 'AVI', 'FLV'].map((type) => [`type.${type}`, `list?media_type=${type}`] as const),
  ['category', `list?category_id=${category}`],
  ['category.none', 'list?category_id=-1'],
  ...[
    ['many', 'all'],
    ['some', 'year%203'],
    ['few', 'series%2077'],
    ['none', 'nothing'],
  ].map(([name, tag]) => [`tag.${name}`, `list?tags=${tag}`] as const),
  ...[
    ['many', 'harbour'],
    ['chinese', encodeURIComponent('电影')],
    ['few', 'rarity5000'],
    ['none', 'zzzqqq'],
    ['letter', 'e'],
    ['character', encodeURIComponent('影')],
    ['category', 'category'],
  ].map(([name, text]) => [`text.${name}`, `list?query_string=${text}`] as const),
  ['text.oldest', 'list?query_string=harbour&order=asc'],
  ['text.failed', 'list?query_string=harbour&status=TRANSCODE_FAILED'],
  ['text.published', 'list?query_string=harbour&status=PUBLISHED'],
  ['text.tag', 'list?query_string=harbour&tags=year%203'],
  ['text.time', `list?query_string=harbour&end_time=${daysAgo(900)}`],
  ['tag.oldest', 'list?tags=year%203&order=asc'],
  ['tag.failed', 'list?tags=year%203&status=TRANSCODE_FAILED'],
  ['time', `list?start_time=${daysAgo(30)}`],
  ['time.range', `list?start_time=${daysAgo(500)}&end_time=${daysAgo(499)}`],
  ...keysOf(INFO_STATUS).map((status) => [`info.${status}`, `info?status=${status}`] as const),
  ...keysOf(TRANSCODE_STATES).map((state) => [`transcodeStatus.${state}`, `info?transcodeStatus=${state}`] as const),
  ...['PUBLISHED', 'CREATED'].map((state) => [`assetStatus.${state}`, `info?assetStatus=${state}`] as const),
]

const daysAgo = (days: number): string =>
  new Date(Date.now() - days * 86_400_000).toISOString().replaceAll(/\D/g, '').slice(0, 14)
