import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import type { SourceMedia } from '../catalog/media.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import { MOST_COUNTED, type Outlook, type StepOutlook } from '../shared/outlook.ts'
import { describeWaiting } from './describe-waiting.ts'
import { forViewers } from './for-viewers.ts'
import { isFinal, type Progress, progressOf } from './progress.ts'

const NOW = new Date('2026-01-01T12:00:00Z')
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000)

const media: SourceMedia = { container: 'mov', durationMs: 100_000, bitRateKbps: 1, audioStreams: 1 }

const film = {
  ...{ stream: 0, codec: 'h264', width: 640, height: 360, codedWidth: 640, codedHeight: 360, pixelFormat: 'yuv420p' },
  ...{ anamorphic: false, rotation: 0, frameRate: 25, variableFrameRate: false, interlaced: false, hdr: false },
}

const asset: Asset = {
  id: 'a'.repeat(32) as AssetId,
  projectId: 'b'.repeat(32) as ProjectId,
  createdAt: NOW,
  modifiedAt: NOW,
  title: 'film',
  tags: [],
  videoType: 'MP4',
  videoName: 'film.mp4',
  source: { bucket: 'studio', key: 'film.mp4', sizeBytes: 900_000_000, etag: 'e' },
  sourcePath: 'film.mp4',
  ingest: { state: 'created' },
  published: true,
  publishWhenReady: false,
  transcodeSettings: { outputs: [{ format: 'HLS' }], segmentSeconds: 0, videoCodec: 'h264', audioCodec: 'aac' },
  transcode: { state: 'waiting' },
  snapshots: { state: 'none' },
  media,
  sourceRemoved: false,
  options: {},
}

const step = (change: Partial<StepOutlook> = {}): StepOutlook => ({
  kind: 'transcode',
  queue: 'chunk',
  state: 'running',
  createdAt: at(-100),
  endedAt: undefined,
  tasks: 1,
  done: 0,
  running: 0,
  runningShare: 0,
  runningSeconds: 0,
  taskSeconds: 60,
  queued: undefined,
  retry: undefined,
  ...change,
})

const ended = (change: Partial<StepOutlook> = {}) => step({ state: 'done', done: 1, endedAt: at(-50), ...change })

interface Given extends Partial<Outlook> {
  readonly asset?: Partial<Asset>
  readonly playable?: boolean
}

const look = ({ asset: change = {}, playable = false, ...outlook }: Given): Progress =>
  progressOf({
    asset: { ...asset, ...change },
    outlook: { steps: [], queues: new Map(), workers: 1, paces: new Map(), ...outlook },
    ...{ playable, now: NOW },
  })

test('what waits says its place, and how long the tasks before it and its own will take with the slots there are', () => {
  const progress = look({
    steps: [step({ queued: { before: 16, seconds: 1060 } })],
    queues: new Map([['chunk', { running: 4, seconds: 140 }]]),
  })
  expect(progress).toEqual({
    ...{ state: 'waiting', percent: 0, secondsToPlayable: 300, secondsToComplete: 300 },
    waitingFor: { code: 'queue', position: 17 },
  })
})

test('many tasks of one step count together, by how long each kind takes', () => {
  const steps = [
    step({ kind: 'encode', tasks: 10, done: 4, running: 2, runningShare: 1, runningSeconds: 60, taskSeconds: 60 }),
    step({ kind: 'sound', tasks: 1, running: 1, runningShare: 0.5, runningSeconds: 50, taskSeconds: 100 }),
    step({ kind: 'join', state: 'waiting', taskSeconds: 20 }),
  ].map((one) => (one.kind === 'encode' ? { ...one, queued: { before: 0, seconds: 240 } } : one))
  const queues = new Map([['chunk', { running: 3, seconds: 110 }]])
  expect(look({ steps, queues, asset: { transcode: { state: 'running' } } })).toEqual({
    // 5 x 60 + 50 of 10 x 60 + 100 + 20.
    ...{ state: 'running', percent: 48 },
    ...{ secondsToPlayable: Math.ceil(350 / 3 + 20), secondsToComplete: Math.ceil(350 / 3 + 20) },
  })
})

test('what runs is estimated the more by its own speed, the more it has done', () => {
  const left = (runningShare: number, runningSeconds: number) =>
    look({ steps: [step({ running: 1, runningShare, runningSeconds })] }).secondsToPlayable
  expect(left(0, 0)).toBe(60)
  expect(left(0.5, 30)).toBe(30)
  // Half of it took as long as all of it should: at the end it counts twice.
  expect(left(0.5, 60)).toBe(45)
  expect(left(0.9, 108)).toBe(12)
  // Of those that do not tell how far they are, at least something is left.
  expect(left(0, 50)).toBe(10)
  expect(left(0, 200)).toBe(20)
})

test('before the probe the encode to come counts, with the pace that was measured here', () => {
  const steps = [step({ kind: 'transfer', queue: 'io', running: 1, taskSeconds: 10 })]
  const given = { steps, asset: { ingest: { state: 'creating' }, transcode: { state: 'none' } } } as const
  const plain = look(given)
  // Sound alone: 1 s for the probe, 1 + 100 / 50 for the encode.
  expect(plain).toMatchObject({ state: 'running', waitingFor: { code: 'transfer' }, secondsToPlayable: 14 })
  const slow = look({ ...given, paces: new Map([['transcode', 10]]) })
  expect(slow.secondsToPlayable).toBe(41)
  const { media: _, ...unprobed } = asset
  const facts = { playable: false, now: NOW, outlook: { steps, queues: new Map(), workers: 1, paces: new Map() } }
  const unknown = progressOf({ ...facts, asset: { ...unprobed, ingest: { state: 'creating' } } })
  expect(unknown.secondsToComplete).toBeGreaterThan(41)
})

test('a film that plays already does, whatever is still to do beside', () => {
  const steps = [
    step({ running: 1, runningShare: 0.2, runningSeconds: 12 }),
    step({ kind: 'storyboard', queue: 'light', running: 1 }),
  ]
  expect(look({ steps, playable: true })).toMatchObject({ secondsToPlayable: 0, secondsToComplete: 60, percent: 10 })
  // What is made beside the stream does not hold it up.
  const slowStoryboard = [
    step({ running: 1, taskSeconds: 10 }),
    step({ kind: 'storyboard', running: 1, taskSeconds: 500 }),
  ]
  expect(look({ steps: slowStoryboard })).toMatchObject({ secondsToPlayable: 10, secondsToComplete: 500 })
})

test('a further try says why and when; a store that is away is told apart', () => {
  const retry = { at: at(30), reason: 'cannot read object studio/film.mp4: the object store does not answer' }
  const away = look({ steps: [step({ retry })] })
  expect(away).toMatchObject({ state: 'waiting', secondsToPlayable: 90 })
  expect(away.waitingFor).toEqual({ code: 'store_away', reason: retry.reason, nextTryAt: at(30) })
  const full = look({ steps: [step({ retry: { at: at(30), reason: 'disk full' } })] })
  expect(full.waitingFor).toEqual({ code: 'retry', reason: 'disk full', nextTryAt: at(30) })
  expect(full.waitingFor && describeWaiting(full.waitingFor)).toBe(
    'The last try failed (disk full); the next one is at 2026-01-01T12:00:30.000Z',
  )
  expect(look({ steps: [step({ retry: { at: at(-1), reason: 'disk full' } })] }).waitingFor).toEqual({
    code: 'queue',
    position: 1,
  })
})

test('without a worker nobody can tell how long it takes', () => {
  const steps = [step({ running: 1, runningShare: 0.5, runningSeconds: 30 })]
  expect(look({ steps, workers: 0 })).toEqual({ state: 'waiting', percent: 50, waitingFor: { code: 'no_worker' } })
})

test('a place too far behind to tell the time has no estimate', () => {
  const { waitingFor, ...progress } = look({ steps: [step({ queued: { before: MOST_COUNTED, seconds: undefined } })] })
  expect(progress).toEqual({ state: 'waiting', percent: 0 })
  expect(waitingFor && describeWaiting(waitingFor)).toBe('1000 tasks or more are before it in the queue')
})

test('what comes late on purpose is not waited for, and only what is complete has 100 %', () => {
  const late = [ended(), step({ kind: 'sweep', createdAt: at(-50) }), step({ kind: 'preheat', running: 1 })]
  const done = look({ steps: late, asset: { transcode: { state: 'succeeded' } }, playable: true })
  expect(done).toEqual({ state: 'complete', percent: 100, secondsToPlayable: 0, secondsToComplete: 0 })
  expect(isFinal(done)).toBe(true)
  const almost = look({
    steps: [ended({ tasks: 999, done: 999 }), step({ kind: 'index', taskSeconds: 0.1, running: 1 })],
  })
  expect(almost.percent).toBe(99)
  // The asset was read later: another transcode was asked for meanwhile.
  expect(look({ steps: [ended()] }).state).toBe('waiting')
})

test('percent counts the work since there last was none', () => {
  const earlier = ended({ createdAt: at(-9000), endedAt: at(-8000) })
  const chain = [
    earlier,
    ended({ kind: 'transfer', createdAt: at(-200), endedAt: at(-150), taskSeconds: 30 }),
    ended({ kind: 'probe', createdAt: at(-150), endedAt: at(-100), taskSeconds: 10 }),
    step({ createdAt: at(-100), running: 1, taskSeconds: 60 }),
  ]
  expect(look({ steps: chain }).percent).toBe(40)
  expect(look({ steps: [earlier, step({ createdAt: at(-100), running: 1 })] }).percent).toBe(0)
})

test('a failure says how far it came and why; an asset that is gone says that alone', () => {
  const steps = [ended({ taskSeconds: 30 }), ended({ state: 'failed', done: 0, taskSeconds: 90 })]
  const failed = look({ steps, asset: { transcode: { state: 'failed', reason: 'no video in it' } } })
  expect(failed).toEqual({ state: 'failed', percent: 25, reason: 'no video in it' })
  expect(look({ asset: { ingest: { state: 'failed', reason: 'gone' } } })).toMatchObject({
    state: 'failed',
    reason: 'gone',
  })
  expect(look({ asset: { ingest: { state: 'deleted' } } })).toEqual({ state: 'deleted', percent: 0 })
})

test('an asset that is only kept can be had when its source is there', () => {
  const kept = { transcode: { state: 'none' } } as const
  expect(look({ asset: kept })).toMatchObject({ state: 'complete', secondsToPlayable: 0 })
})

test('viewers learn neither places nor reasons nor exact times', () => {
  const steps = [step({ queued: { before: 16, seconds: 4321 } })]
  expect(forViewers(look({ steps }))).toEqual({ percent: 0, seconds: 4500, waitingFor: 'queue' })
  const retry = { at: at(30), reason: 'the object store denies access' }
  expect(forViewers(look({ steps: [step({ retry })] }))).toEqual({ percent: 0, seconds: 120, waitingFor: 'delayed' })
  expect(forViewers(look({ steps, workers: 0 }))).toEqual({ percent: 0, waitingFor: 'delayed' })
})

test('a storyboard that comes behind the streams is still to come, but nobody waits for it to play', () => {
  const remux = {
    media: { ...media, durationMs: 7_200_000, video: film },
    transcodeSettings: {
      outputs: [{ format: 'MP4' }],
      segmentSeconds: 0,
      videoCodec: 'h264',
      audioCodec: 'aac',
      remux: true,
    },
  } as const
  const steps = [step({ running: 1, runningSeconds: 0, taskSeconds: 40 })]
  const { secondsToPlayable = 0, secondsToComplete = 0 } = look({ asset: remux, steps })
  expect(secondsToPlayable).toBe(look({ steps }).secondsToPlayable)
  expect(secondsToComplete - secondsToPlayable).toBeGreaterThan(100)
  expect(look({ asset: { ...remux, storyboardSheets: 1 }, steps }).secondsToComplete).toBe(secondsToPlayable)
})

test('until a film was probed nobody knows whether it plays in seconds or in hours, unless it is to wait for its renditions', () => {
  const { media: _, ...unprobed } = asset
  const steps = [step({ kind: 'probe', queue: 'probe', running: 1 })]
  const of = (change: Partial<Asset>) =>
    progressOf({
      asset: { ...unprobed, ...change },
      outlook: { steps, queues: new Map(), workers: 1, paces: new Map() },
      ...{ playable: false, now: NOW },
    })
  expect(of({})).not.toHaveProperty('secondsToPlayable')
  expect(of({}).secondsToComplete).toBeGreaterThan(60)
  const settings = { outputs: [{ format: 'HLS' }], segmentSeconds: 0, videoCodec: 'h264', audioCodec: 'aac' } as const
  for (const late of [{ published: false }, { transcodeSettings: { ...settings, sourcePlayback: false } }]) {
    expect(of(late).secondsToPlayable).toBe(of(late).secondsToComplete)
  }
})
