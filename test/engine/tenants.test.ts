import { describe, expect, test } from 'vitest'
import { accountStore } from '../../src/adapters/postgres/accounts.ts'
import { catalogTransactions, catalogTx } from '../../src/adapters/postgres/catalog-tx.ts'
import { randomId } from '../../src/adapters/random-id.ts'
import type { SourceMedia } from '../../src/core/catalog/media.ts'
import { type ProjectId, parseAssetId, parseProjectId } from '../../src/core/shared/ids.ts'
import { QUEUES } from '../../src/core/shared/task.ts'
import { SYSTEM_SETTINGS } from '../../src/core/templates/system-groups.ts'
import type { Claim } from '../../src/engine/engine.ts'
import { someOf } from '../support/cases.ts'
import { createEngineUnderTest, type EngineUnderTest } from './engine-under-test.ts'
import { type Simulated, SimulatedSlots } from './simulated-slots.ts'

/** A slot encodes a minute of film in a minute. */
const CHUNK_SECONDS = 60
const PLAN_SECONDS = 2
const SOUND_SPEED = 50
/** What the issue allows for a video of a minute behind any backlog of another tenant. */
const ONE_MINUTE_AT_MOST = 1.5 * 60 + CHUNK_SECONDS

interface Film {
  readonly minutes: number
  /** MPEG-TS has no index of frames, so it is encoded in one piece. */
  readonly container?: 'mov' | 'mpegts'
}

const newTenant = async ({ db }: EngineUnderTest, name: string): Promise<ProjectId> => {
  const id = parseProjectId(randomId())
  if (!id) throw new Error('randomId gives ids')
  await db.kysely.insertInto('project').values({ id, name }).execute()
  return id
}

const mediaOf = ({ minutes, container = 'mov' }: Film): SourceMedia => ({
  ...{ container, durationMs: minutes * 60_000, bitRateKbps: 1024, audioStreams: 1 },
  video: {
    ...{ stream: 0, codec: 'h264', width: 1280, height: 720, codedWidth: 1280, codedHeight: 720 },
    ...{ anamorphic: false, rotation: 0, frameRate: 24, variableFrameRate: false, interlaced: false, hdr: false },
    pixelFormat: 'yuv420p',
  },
  audio: { stream: 1, codec: 'aac', channels: 2, sampleRate: 48_000 },
})

/** As the product orders its encode, with the steps that follow from it. */
const orderFilm = async ({ db, engine }: EngineUnderTest, projectId: ProjectId, film: Film): Promise<string> => {
  const id = parseAssetId(randomId())
  if (!id) throw new Error('randomId gives ids')
  const createdAt = new Date()
  await catalogTransactions(db.kysely, engine).write(async (tx) => {
    await tx.insertAsset({
      ...{ id, projectId, createdAt, modifiedAt: createdAt, title: 'A film', tags: [], videoType: 'MP4' },
      ...{ videoName: 'film.mp4', sourcePath: `${id}.mp4`, ingest: { state: 'created' }, media: mediaOf(film) },
      source: { bucket: 'studio', key: 'film.mp4', sizeBytes: film.minutes * 7_500_000, etag: 'e' },
      ...{ published: false, publishWhenReady: false, transcode: { state: 'waiting' } },
      ...{ transcodeSettings: SYSTEM_SETTINGS, snapshots: { state: 'none' }, sourceRemoved: false, options: {} },
    })
    await tx.record(id, { type: 'transcode_ordered' })
  })
  return id
}

/** Encodes of films, and the plans from which their chunks follow. */
const encodes = ({ engine }: EngineUnderTest, films: ReadonlyMap<string, Film>): Simulated => {
  return ({ kind, subject, input }: Claim) => {
    const [film, id] = [films.get(subject), parseAssetId(subject)]
    if (!film || !id) throw new Error(`no film ${subject}`)
    const { minutes, container } = film
    const isDivided = minutes > 2 && container !== 'mpegts'
    if (kind === 'transcode' && isDivided) {
      const divide = { type: 'transcode_divided', parts: minutes + 1 } as const
      return { seconds: PLAN_SECONDS, effect: (trx) => catalogTx(trx, engine).record(id, divide) }
    }
    if (kind === 'transcode') return { seconds: minutes * 60 }
    const isRest = kind === 'chunk' && Object(input).part === minutes
    return { seconds: isRest ? (minutes * 60) / SOUND_SPEED : CHUNK_SECONDS }
  }
}

interface Studio extends AsyncDisposable {
  readonly under: EngineUnderTest
  readonly slots: SimulatedSlots
  order(tenant: ProjectId, film: Film, count?: number): Promise<readonly string[]>
}

const openStudio = async ({ slots = 2 } = {}): Promise<Studio> => {
  const under = await createEngineUnderTest()
  const films = new Map<string, Film>()
  return {
    under,
    slots: new SimulatedSlots(under.engine, { chunk: slots }, encodes(under, films)),
    async order(tenant, film, count = 1) {
      const ids: string[] = []
      for (let n = 0; n < count; n++) {
        const id = await orderFilm(under, tenant, film)
        films.set(id, film)
        ids.push(id)
      }
      return ids
    },
    [Symbol.asyncDispose]: () => under[Symbol.asyncDispose](),
  }
}

/** From now on until the one-minute video of a tenant is encoded. */
const oneMinuteOf = async ({ slots, order }: Studio, tenant: ProjectId): Promise<number> => {
  const from = slots.nowSeconds
  const [id] = await order(tenant, { minutes: 1 })
  await slots.until(({ claim }) => claim.subject === id)
  return slots.nowSeconds - from
}

const passSeconds = async ({ slots }: Studio, seconds: number): Promise<void> => {
  const until = slots.nowSeconds + seconds
  await slots.until(({ endedAt }) => endedAt >= until)
}

describe('a video of one minute behind a hundred hours of another tenant', () => {
  test.each(someOf([2, 1, 5]))(
    'is done within 1.5 times its own time and one chunk: films of four hours, %i slots',
    async (slots) => {
      await using studio = await openStudio({ slots })
      const [a, b] = [await newTenant(studio.under, 'a'), await newTenant(studio.under, 'b')]
      await studio.order(a, { minutes: 240 }, 25)
      await studio.slots.fill()
      // At once, while the plans are made, and whenever a chunk of the other one has just taken the slot.
      expect(await oneMinuteOf(studio, b)).toBeLessThanOrEqual(ONE_MINUTE_AT_MOST)
      for (const pause of [20, 200, 0]) {
        await passSeconds(studio, pause)
        expect(await oneMinuteOf(studio, b)).toBeLessThanOrEqual(ONE_MINUTE_AT_MOST)
      }
    },
  )

  test.each(someOf([1, 3]))('is done within that too where it is one film, %i slots', async (slots) => {
    await using studio = await openStudio({ slots })
    const [a, b] = [await newTenant(studio.under, 'a'), await newTenant(studio.under, 'b')]
    await studio.order(a, { minutes: 6000 })
    for (const pause of [PLAN_SECONDS, 60, 600]) {
      await passSeconds(studio, pause)
      expect(await oneMinuteOf(studio, b)).toBeLessThanOrEqual(ONE_MINUTE_AT_MOST)
    }
  })
})

test('behind films that are not divided it waits for the first slot that is free, and no second film is before it', async () => {
  await using studio = await openStudio()
  const [a, b] = [await newTenant(studio.under, 'a'), await newTenant(studio.under, 'b')]
  await studio.order(a, { minutes: 120, container: 'mpegts' }, 10)
  await passSeconds(studio, 7200)
  expect(await oneMinuteOf(studio, b)).toBeLessThanOrEqual(60 + 7200)
  // One film is left of what ran when it came.
  expect(await oneMinuteOf(studio, b)).toBeLessThanOrEqual(60 + 7200)
})

test('it waits for one task of another tenant at most in each queue that it comes to', async () => {
  await using under = await createEngineUnderTest()
  const seconds = { demand: 5, io: 100, probe: 3, chunk: 60, light: 20, edge: 50 } as const
  const slots = new SimulatedSlots(
    under.engine,
    { demand: 1, io: 1, probe: 1, chunk: 1, light: 1, edge: 1 },
    ({ queue, tenant }) => ({
      seconds: tenant === 'b' ? 1 : seconds[queue],
    }),
  )
  for (const queue of QUEUES) await under.start({ tenant: 'a', queue, inputs: Array.from({ length: 200 }) })
  await slots.until(({ endedAt }) => endedAt > 200)
  const from = slots.nowSeconds
  let before = await under.start({ tenant: 'b', subject: 'film', queue: 'io' })
  for (const queue of ['probe', 'demand', 'chunk', 'light', 'edge'] as const) {
    before = await under.start({ tenant: 'b', subject: 'film', queue, after: [before] })
  }
  await slots.until(({ claim }) => claim.tenant === 'b' && claim.queue === 'edge')
  const others = Object.values(seconds).reduce((sum, one) => sum + one, 0)
  expect(slots.nowSeconds - from).toBeLessThanOrEqual(others + QUEUES.length)
})

/** Minutes of slots that each tenant had in so many hours, of three slots. */
const minutesOf = async (studio: Studio, tenants: readonly ProjectId[], hours: number): Promise<readonly number[]> => {
  const ended = await studio.slots.until(({ endedAt }) => endedAt >= hours * 3600)
  const secondsOf = (tenant: string) =>
    ended.reduce((sum, one) => sum + (one.claim.tenant === tenant ? one.endedAt - one.beganAt : 0), 0)
  return tenants.map((tenant) => secondsOf(tenant) / 60)
}

test('three tenants get a third each, whether by one film in chunks, by films in one piece, or by short ones', async () => {
  await using studio = await openStudio({ slots: 3 })
  const tenants = [
    await newTenant(studio.under, 'a'),
    await newTenant(studio.under, 'b'),
    await newTenant(studio.under, 'c'),
  ]
  const [a, b, c] = tenants
  if (!a || !b || !c) throw new Error('three were made')
  await studio.order(a, { minutes: 6000 })
  await studio.order(b, { minutes: 30, container: 'mpegts' }, 8)
  await studio.order(c, { minutes: 2 }, 90)
  for (const minutes of await minutesOf(studio, tenants, 2)) {
    // One of the longest tasks more or less, with each of two slots.
    expect(minutes).toBeGreaterThanOrEqual(120 - 30)
    expect(minutes).toBeLessThanOrEqual(120 + 30)
  }
})

test('a project of weight 3 gets three times as much as one of weight 1', async () => {
  await using studio = await openStudio()
  const tenants = [await newTenant(studio.under, 'a'), await newTenant(studio.under, 'b')]
  const [a, b] = tenants
  if (!a || !b) throw new Error('two were made')
  expect(await accountStore(studio.under.db.kysely).setWeight('a', 3)).toBe('set')
  await studio.order(a, { minutes: 600 })
  await studio.order(b, { minutes: 600 })
  const [heavy = 0, light = 0] = await minutesOf(studio, tenants, 1)
  expect(heavy).toBeGreaterThanOrEqual(87)
  expect(light).toBeGreaterThanOrEqual(27)
})
