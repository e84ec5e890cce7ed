import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import type { AssetFact } from '../catalog/fact.ts'
import { COVER_PATH } from '../catalog/object-keys.ts'
import { STEPS } from '../catalog/steps.ts'
import { graceSeconds } from '../catalog/stream-files.ts'
import type { AssetId } from '../shared/ids.ts'
import { SYSTEM_SETTINGS } from '../templates/system-groups.ts'
import { decide } from './decide.ts'
import { asset, video } from './decide-fixtures.ts'

type Plain = 'imported' | 'transferred' | 'ingest_failed' | 'probed' | 'adopted' | 'deleted' | 'transcode_cancelled'

const startedAfter = (state: Asset, type: Plain) => decide(state, { type }).start.map(({ step }) => step)

test('an imported asset is transferred, a transferred one probed', () => {
  expect([startedAfter(asset, 'imported'), startedAfter(asset, 'transferred')]).toEqual([['transfer'], ['probe']])
})

test('a stream that was looked through is published, and has pictures made of it', () => {
  const { transcodeSettings: _none, ...plain } = asset
  const stream: Asset = { ...plain, videoType: 'HLS', publishWhenReady: true }
  const [published, storyboard] = [{ published: true }, { step: 'storyboard' }]
  expect(decide(stream, { type: 'adopted' })).toEqual({ start: [storyboard], patch: published })
  const wanted: Asset = { ...stream, snapshots: { state: 'wanted', ...task } }
  expect(decide(wanted, { type: 'adopted' })).toEqual({
    start: [{ step: 'snapshots' }, storyboard],
    patch: { ...published, snapshots: { state: 'running', ...task } },
  })
  const { video: _, ...sound } = video
  expect(decide({ ...stream, media: sound }, { type: 'adopted' })).toEqual({ start: [], patch: published })
  expect(decide({ ...wanted, media: sound }, { type: 'adopted' })).toMatchObject({
    start: [],
    patch: { snapshots: { state: 'failed', reason: 'The source has no moving picture' } },
  })
})

test('a stream with a group is published at once, and transcoded', () => {
  const stream: Asset = { ...asset, videoType: 'HLS', publishWhenReady: true }
  expect(decide(stream, { type: 'adopted' })).toEqual({
    start: [{ step: 'storyboard' }, { step: 'transcode' }],
    patch: { published: true, transcode: { state: 'waiting' } },
  })
})

test('what a failed import left behind is swept', () => {
  const failed: Asset = { ...asset, ingest: { state: 'failed', reason: 'r' } }
  expect(startedAfter(failed, 'ingest_failed')).toEqual(['sweep', 'sweep', 'sweep'])
  expect(startedAfter({ ...failed, publishWhenReady: true }, 'ingest_failed').slice(3)).toEqual(['purge', 'purge'])
})

test('publishing follows the transfer and waits for nothing else', () => {
  const { transcodeSettings: _, ...plain } = asset
  expect(decide({ ...plain, publishWhenReady: true }, { type: 'transferred' }).patch).toEqual({ published: true })
  expect(decide(plain, { type: 'transferred' }).patch).toEqual({})
})

test('what will be transcoded waits for it from the transfer on, and no longer when the probe fails', () => {
  const waiting = { transcode: { state: 'waiting' } } as const
  expect(decide({ ...asset, publishWhenReady: true }, { type: 'transferred' }).patch).toEqual({
    ...{ published: true, ...waiting },
  })
  expect(decide({ ...asset, videoType: 'MP3' }, { type: 'transferred' }).patch).toEqual({})
  const failed = { state: 'failed', reason: 'r' } as const
  const noMedia: Asset = { ...asset, ...waiting, ingest: failed }
  expect(decide(noMedia, { type: 'ingest_failed' }).patch).toEqual({ transcode: { state: 'none' } })
  expect(decide({ ...asset, ingest: failed }, { type: 'ingest_failed' }).patch).toEqual({})
})

test('a probed video gets a cover and, when one waits, a transcode', () => {
  const waiting: Asset = { ...asset, transcode: { state: 'waiting' } }
  expect(startedAfter(waiting, 'probed')).toEqual(['cover', 'storyboard', 'transcode'])
})

test('of what is remuxed the storyboard comes behind the streams, or when it is known that none come', () => {
  const remux: Asset = { ...asset, transcodeSettings: { ...SYSTEM_SETTINGS, remux: true } }
  expect(startedAfter({ ...remux, transcode: { state: 'waiting' } }, 'probed')).toEqual(['cover', 'transcode'])
  expect(startedAfter(remux, 'probed')).toEqual(['cover', 'storyboard'])
  const stream: Asset = { ...remux, videoType: 'HLS' }
  expect(startedAfter(stream, 'adopted')).toEqual(['transcode'])
  expect(startedAfter(remux, 'transcode_cancelled')).toContain('storyboard')
  expect(startedAfter({ ...remux, storyboardSheets: 1 }, 'transcode_cancelled')).not.toContain('storyboard')
  expect(startedAfter(asset, 'transcode_cancelled')).not.toContain('storyboard')
  expect(decide(remux, { type: 'transcode_failed' }).start).toContainEqual({ step: 'storyboard' })
})

test('a transcode that was cancelled before the probe was through does not begin after it', () => {
  expect(startedAfter(asset, 'probed')).toEqual(['cover', 'storyboard'])
})

test('without a template nothing is transcoded', () => {
  const { transcodeSettings: _, ...plain } = asset
  expect(startedAfter(plain, 'probed')).toEqual(['cover', 'storyboard'])
})

test('an audio file is not transcoded, says so, and has its picture as cover', () => {
  const { video: _, ...sound } = video
  const song: Asset = { ...asset, videoType: 'MP3', media: { ...sound, pictureStream: 1 } }
  expect(startedAfter(song, 'probed')).toEqual(['cover'])
  expect(decide(song, { type: 'probed' }).patch?.transcode).toEqual({
    state: 'none',
    note: 'Audio files are not transcoded',
  })
  const transcodeSettings = { ...SYSTEM_SETTINGS, encrypt: true }
  expect(decide({ ...song, transcodeSettings }, { type: 'probed' }).patch?.transcode).toMatchObject({
    note: 'Audio files are not transcoded and stay clear',
  })
})

const task = {
  task: '7'.repeat(32),
  settings: { points: { type: 'points', seconds: [1] }, coverPosition: 1, shape: 'source' },
} as const
const snapshotting: Asset = { ...asset, snapshots: { state: 'running', ...task } }

test('snapshots begin with the source in place, and one of them is the cover', () => {
  const wanted: Asset = { ...asset, snapshots: { state: 'wanted', ...task } }
  expect(decide(wanted, { type: 'transferred' }).patch?.snapshots).toEqual({ state: 'running', ...task })
  expect(startedAfter(snapshotting, 'probed')).toEqual(['snapshots', 'storyboard'])
  expect(decide({ ...wanted, videoType: 'MP3' }, { type: 'transferred' }).patch?.snapshots).toEqual({
    ...{ state: 'none', note: 'Audio files have no snapshots' },
  })
})

test('snapshots that are ordered later begin at once', () => {
  expect(decide(snapshotting, { type: 'snapshots_ordered' })).toEqual({ start: [{ step: 'snapshots' }] })
})

test('when snapshots are made or a cover is chosen, static hosts get the cover; what was replaced is swept when no viewer is on its way to it', () => {
  for (const type of ['snapshots_made', 'cover_chosen'] as const) {
    const { start } = decide({ ...asset, cover: 'snapshot/sample/5.jpg' }, { type })
    expect(start.map(({ step }) => step)).toEqual(['index', 'sweep', 'sweep'])
    for (const { step, delaySeconds = 0 } of start) expect(delaySeconds > 5).toBe(step === 'sweep')
    // However long the store is away: nobody would ever replace the old copy.
    for (const { step } of start) expect(STEPS[step].retrySeconds).toBeGreaterThan(30 * 86_400)
  }
})

test('a film whose work is cancelled before it has a cover gets the first frame as cover', () => {
  const steps = (state: Asset) => decide(state, { type: 'work_cancelled', ended: [] }).start.map(({ step }) => step)
  const { media: _, ...unprobed } = asset
  const cancelled: Asset = { ...asset, snapshots: { state: 'failed', reason: 'r', ...task } }
  expect([steps(cancelled), steps({ ...cancelled, cover: COVER_PATH }), steps(unprobed)]).toEqual([
    ['sweep', 'sweep', 'sweep', 'index', 'cover', 'purge', 'purge'],
    ['sweep', 'sweep', 'sweep', 'index', 'purge', 'purge'],
    ['sweep', 'sweep', 'sweep', 'index', 'purge', 'purge'],
  ])
  // What is shown is not to be forgotten.
  expect(steps({ ...cancelled, published: true })).not.toContain('purge')
})

test('what is unpublished or deleted is purged from the edges, again when what was under way is there', () => {
  const facts = ['unpublished', 'deleted'] as const
  for (const type of facts) {
    const purges = decide(asset, { type }).start.filter(({ step }) => step === 'purge')
    const [soon = 0, later = 0] = purges.map(({ delaySeconds = 0 }) => delaySeconds)
    expect([purges.length, soon <= 5, later > 600]).toEqual([2, true, true])
  }
})

test('where no snapshot can be made, the cover is made as without them', () => {
  const { video: _, ...sound } = video
  const song: Asset = { ...snapshotting, media: { ...sound, pictureStream: 1 } }
  expect(decide(song, { type: 'probed' }).patch?.snapshots).toMatchObject({
    state: 'failed',
    reason: expect.any(String),
  })
  expect(startedAfter(song, 'probed')).toEqual(['cover'])
  const failed: Asset = { ...asset, snapshots: { state: 'failed', reason: 'r', ...task } }
  const stepsAfter = (state: Asset) => decide(state, { type: 'snapshots_failed' }).start.map(({ step }) => step)
  expect([stepsAfter(failed), stepsAfter({ ...failed, cover: COVER_PATH })]).toEqual([
    ['sweep', 'sweep', 'sweep', 'cover'],
    ['sweep', 'sweep', 'sweep'],
  ])
})

test('snapshots of what is no media file are not waited for', () => {
  const broken: Asset = { ...snapshotting, ingest: { state: 'failed', reason: 'r' } }
  expect(decide(broken, { type: 'ingest_failed' }).patch).toEqual({ snapshots: { state: 'none' } })
})

test('a deletion ends all work and sweeps now, after the last heartbeat and after the longest copy in the store', () => {
  const { start, cancelWork } = decide(asset, { type: 'deleted' })
  expect([cancelWork, start.slice(0, 3).map(({ step }) => step)]).toEqual(['all', ['sweep', 'sweep', 'sweep']])
  const [now = 0, afterHeartbeat = 0, afterCopy = 0] = start.map(({ delaySeconds = 0 }) => delaySeconds)
  expect([now, afterHeartbeat > 10, afterCopy > 15 * 60]).toEqual([0, true, true])
})

test('a change of key writes the segments, then the index for static hosts, then sweeps', () => {
  const facts = ['encryption_requested', 'encryption_failed'] as const
  const started = facts.map((type) => decide(asset, { type }).start.map(({ step }) => step))
  expect(started).toEqual([['rewrite'], ['sweep', 'sweep', 'sweep']])
  const rotated: Asset = {
    ...asset,
    index: 'i',
    encryption: { key: 'k' },
    retired: [{ run: 'r', untilMs: 1, key: 'k' }],
  }
  const { start } = decide(rotated, { type: 'encryption_changed' })
  expect(start.map(({ step }) => step)).toEqual(['sweep', 'sweep', 'sweep', 'index', 'sweep'])
})

test('the index for static hosts follows a deletion of outputs, also of the last', () => {
  const started = decide(asset, { type: 'outputs_removed' }).start.map(({ step }) => step)
  expect(started).toEqual(['sweep', 'sweep', 'sweep', 'index'])
})

test('what a transcode replaced is swept when whoever began to watch before has seen it to its end', () => {
  const replaced: Asset = { ...asset, media: { ...video, durationMs: 7_200_000 }, retired: [{ run: 'r', untilMs: 1 }] }
  const last = decide(replaced, { type: 'transcoded', repeated: true }).start.at(-1)
  expect(last).toEqual({ step: 'sweep', delaySeconds: 7_200 + 20 * 60 + 60 + 180 })
})

test('a cancel of one kind of work leaves the other kinds alone; one of all work restarts what finished work had left to do', () => {
  expect(decide(asset, { type: 'transcode_cancelled' }).cancelWork).toEqual(['transcode'])
  const streaming: Asset = { ...asset, cover: COVER_PATH, index: 'i', retired: [{ run: 'r', untilMs: 1 }] }
  const { start, cancelWork } = decide({ ...streaming, published: true }, { type: 'work_cancelled', ended: [] })
  expect([cancelWork, start.map(({ step }) => step)]).toEqual(['all', ['sweep', 'sweep', 'sweep', 'index', 'sweep']])
})

test('text tracks of a source are taken out of it once, with its first transcode to a stream', () => {
  const subtitles = [{ stream: 2, codec: 'subrip' }]
  const waiting: Asset = { ...asset, media: { ...video, subtitles }, transcode: { state: 'waiting' } }
  expect(startedAfter(waiting, 'probed')).toEqual(['subtitles', 'cover', 'storyboard', 'transcode'])
  expect(decide(waiting, { type: 'probed' }).patch?.subtitles?.change).toEqual({ type: 'extract' })
  const ordered = (state: Asset) => decide(state, { type: 'transcode_ordered' }).start.map(({ step }) => step)
  expect(ordered(waiting)).toEqual(['subtitles', 'transcode'])
  expect(ordered({ ...waiting, subtitles: { tracks: [], nextId: 2, extracted: true } })).toEqual(['transcode'])
  // A try that failed, or was cancelled.
  expect(ordered({ ...waiting, subtitles: { tracks: [], nextId: 1, note: 'n' } })).toEqual(['subtitles', 'transcode'])
  expect(ordered({ ...waiting, media: { ...video, subtitles: [{ stream: 2, codec: 'dvd_subtitle' }] } })).toEqual([
    'transcode',
  ])
  const file: Asset = { ...waiting, transcodeSettings: { ...SYSTEM_SETTINGS, outputs: [{ format: 'MP4' }] } }
  expect(ordered(file)).toEqual(['transcode'])
})

test('changed subtitles are followed by the index for static hosts; what was replaced is swept when no viewer is on its way to it', () => {
  expect(decide(asset, { type: 'subtitles_requested' }).start).toEqual([{ step: 'subtitles' }])
  const { start } = decide(asset, { type: 'subtitles_changed' })
  expect(start.map(({ step }) => step)).toEqual(['index', 'sweep', 'sweep'])
  for (const { step, delaySeconds = 0 } of start) expect(delaySeconds > 5).toBe(step === 'sweep')
  expect(decide(asset, { type: 'subtitles_failed' }).start.map(({ step }) => step)).toEqual(['sweep', 'sweep', 'sweep'])
})

test('what is published with auto_preheat is pulled through the edges whenever there is something new to play', () => {
  const { transcodeSettings: _, ...plain } = asset
  const wanted = { options: { autoPreheat: true }, publishWhenReady: true } as const
  const published = { ...wanted, published: true, transcode: { state: 'succeeded' } } as const
  const steps = (state: Asset, fact: AssetFact) => decide(state, fact).start.filter(({ step }) => step === 'preheat')
  const ONCE = [{ step: 'preheat' }]
  expect(steps({ ...plain, ...wanted }, { type: 'transferred' })).toEqual(ONCE)
  expect(steps({ ...asset, ...wanted, videoType: 'HLS' }, { type: 'adopted' })).toEqual(ONCE)
  for (const type of ['published', 'encryption_changed', 'outputs_removed', 'subtitles_changed'] as const) {
    expect([type, steps({ ...asset, ...published }, { type })]).toEqual([type, ONCE])
  }
  expect(steps({ ...asset, ...published }, { type: 'transcoded', repeated: true })).toEqual(ONCE)
  // The cover of what is played as it lies comes after it.
  for (const type of ['cover_made', 'snapshots_made'] as const) {
    expect([type, steps({ ...plain, ...wanted, published: true }, { type })]).toEqual([type, ONCE])
    expect([type, steps({ ...asset, ...published, transcode: { state: 'running' } }, { type })]).toEqual([type, []])
  }
  // It waited for the transcode, and the source is what plays.
  for (const type of ['transcode_failed', 'transcode_cancelled'] as const) {
    expect(steps({ ...asset, ...published, transcode: { state: 'none' } }, { type })).toEqual(ONCE)
  }
  // The transcode will bring it.
  expect(steps({ ...asset, ...wanted }, { type: 'transferred' })).toEqual([])
  expect(steps({ ...asset, ...published, transcode: { state: 'running' } }, { type: 'published' })).toEqual([])
  // Not asked for, or nobody may see it.
  expect(steps({ ...asset, ...published, options: {} }, { type: 'published' })).toEqual([])
  const hidden = { ...asset, ...published, published: false, publishWhenReady: false }
  expect(steps(hidden, { type: 'transcoded', repeated: false })).toEqual([])
})

test('the sound that a workflow asks for becomes an asset once the source was looked at, if it has any', () => {
  const audio = { id: 'd'.repeat(32) as AssetId, format: 'MP3', bucket: 'vod', path: `${'e'.repeat(32)}.mp3` } as const
  const workflow = { name: 'all', tasks: ['extraction'], audio } as const
  const heard = { ...video, audio: { stream: 1, codec: 'aac', channels: 2, sampleRate: 48_000 } }
  const made = (state: Partial<Asset>, type: 'transferred' | 'probed' | 'adopted') =>
    decide({ ...asset, workflow, media: heard, ...state }, { type }).extract
  expect(made({}, 'transferred')).toBeUndefined()
  const expected = {
    ...{ id: audio.id, title: asset.title, videoType: 'MP3', videoName: 'film.mp3', sourcePath: audio.path },
    ...{ extraction: { from: asset.id, format: 'MP3' }, transcode: { state: 'waiting' } },
    source: { bucket: 'vod', key: `${asset.projectId}/${audio.id}/${audio.path}` },
  }
  expect([made({}, 'probed'), made({ videoType: 'HLS' }, 'adopted')]).toMatchObject([expected, expected])
  expect(made({ media: video }, 'probed')).toBeUndefined()
  expect(made({ videoType: 'MP3' }, 'probed')).toBeUndefined()
  expect(decide({ ...asset, media: heard }, { type: 'probed' }).extract).toBeUndefined()
})

test('a source is released after a transcode that succeeded where its asset says so, and lies with us', () => {
  const done: Asset = { ...asset, transcode: { state: 'succeeded' }, releasesSource: true }
  const releases = (state: Asset) =>
    [decide(state, { type: 'transcoded', repeated: false }), decide(state, { type: 'work_cancelled', ended: [] })].map(
      ({ start }) => start.find(({ step }) => step === 'release')?.delaySeconds,
    )
  // Whoever plays it meanwhile can see it to its end.
  expect(releases(done)).toEqual([graceSeconds(done), graceSeconds(done)])
  const output = { bucket: 'studio', path: 'out/' }
  for (const change of [{ releasesSource: false }, { sourceRemoved: true }, { output }]) {
    expect(releases({ ...done, ...change })).toEqual([undefined, undefined])
  }
  expect(releases({ ...done, transcode: { state: 'failed', reason: 'no' } })).toEqual([undefined, undefined])
})
