import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import type { AssetFact } from '../catalog/fact.ts'
import type { Review, ReviewOrder } from '../catalog/review.ts'
import { decide } from './decide.ts'
import { asset, video } from './decide-fixtures.ts'

const order = (publishOnPass = false): ReviewOrder => ({
  ...{ task: '7'.repeat(32), templateId: '8'.repeat(32) },
  settings: { intervalSeconds: 5, thresholds: { porn: 80, terrorism: 0, politics: 0 }, publishOnPass },
})
const reviewing: Asset = { ...asset, review: { state: 'running', order: order() } }
const REVIEW = { step: 'review' }

test('a review that is wanted begins with the transfer, and looks as soon as there is something to see', () => {
  const wanted: Asset = { ...asset, review: { state: 'wanted', order: order() } }
  const begun = { review: reviewing.review }
  expect(decide(wanted, { type: 'transferred' }).patch).toMatchObject(begun)
  expect(decide(reviewing, { type: 'probed' }).start).toContainEqual(REVIEW)
  const adopted = decide({ ...wanted, videoType: 'HLS' }, { type: 'adopted' })
  expect([adopted.start.filter(({ step }) => step === 'review'), adopted.patch]).toEqual([
    [REVIEW],
    expect.objectContaining(begun),
  ])
  expect(decide(asset, { type: 'probed' }).start).not.toContainEqual(REVIEW)
})

test('the review of a sound file waits for its picture, if it has one', () => {
  const { video: _, ...sound } = video
  const bare: Asset = { ...reviewing, videoType: 'MP3', media: sound }
  const covered: Asset = { ...bare, media: { ...sound, pictureStream: 1 } }
  const starts = (state: Asset, fact: AssetFact) => decide(state, fact).start.some(({ step }) => step === 'review')
  expect([starts(bare, { type: 'probed' }), starts(covered, { type: 'probed' })]).toEqual([true, false])
  expect([starts(covered, { type: 'cover_made' }), starts(covered, { type: 'cover_failed', reason: 'r' })]).toEqual([
    ...[true, true],
  ])
  // Of a film it is one of the frames.
  expect([
    starts(reviewing, { type: 'cover_made' }),
    starts({ ...covered, review: PASSED }, { type: 'cover_made' }),
  ]).toEqual([...[false, false]])
})

test('what is no media file has no review to wait for', () => {
  const broken: Asset = { ...reviewing, ingest: { state: 'failed', reason: 'r' } }
  expect(decide(broken, { type: 'ingest_failed' }).patch).toEqual({ review: null })
})

const PASSED: Review = { state: 'passed', order: order() }

test('only what passes by a template that says so is published; a person ends a review that runs', () => {
  const report = {
    suggestion: 'pass',
    text: { suggestion: 'pass', words: {} },
    cover: [],
    video: [],
    unseen: [],
  } as const
  const after = (review: Review) => decide({ ...asset, review }, { type: 'reviewed', report }).patch
  const [passed, suspicious] = ['passed', 'suspicious'] as const
  expect([after(PASSED), after({ state: passed, order: order(true) })]).toEqual([undefined, { published: true }])
  expect(after({ state: suspicious, order: order(true) })).toBeUndefined()
  const preheated = { ...asset, review: { state: passed, order: order(true) }, options: { autoPreheat: true } }
  const { start } = decide({ ...preheated, transcode: { state: 'succeeded' } }, { type: 'reviewed', report })
  expect(start).toContainEqual({ step: 'preheat' })
  const judged = decide({ ...asset, review: { state: passed, order: order(true) } }, { type: 'review_judged' })
  expect([judged.patch, judged.cancelWork]).toEqual([{ published: true }, ['review']])
  const blocked = decide({ ...asset, review: { state: 'blocked' } }, { type: 'review_judged' })
  const purges = ({ start }: typeof judged) => start.filter(({ step }) => step === 'purge').length
  expect([blocked.patch, purges(blocked), purges(judged)]).toEqual([undefined, 2, 0])
})

test('a review waits for subtitles that are on their way, once, and goes on without them where they fail', () => {
  const review = { state: 'running', order: order() } as const
  const media = { ...video, subtitles: [{ stream: 2, codec: 'subrip' }] }
  const probed = decide({ ...asset, media, review, transcode: { state: 'waiting' } }, { type: 'probed' })
  const steps = ({ start }: { readonly start: readonly { readonly step: string }[] }) => start.map(({ step }) => step)
  expect(steps(probed)).toEqual(['subtitles', 'cover', 'storyboard', 'transcode'])
  expect(probed.patch).toMatchObject({ review: { state: 'running', awaitsSubtitles: true } })
  for (const type of ['subtitles_changed', 'subtitles_failed'] as const) {
    const ended = decide({ ...asset, review: { ...review, awaitsSubtitles: true } }, { type })
    expect([steps(ended).at(-1), ended.patch?.review]).toEqual(['review', review])
    expect(steps(decide({ ...asset, review }, { type }))).not.toContain('review')
  }
  // Nothing is on its way.
  expect(steps(decide({ ...asset, review }, { type: 'review_ordered' }))).toEqual(['review'])
  const change = { tracks: [], nextId: 1, change: { type: 'extract' } } as const
  expect(steps(decide({ ...asset, review, subtitles: change }, { type: 'review_ordered' }))).toEqual([])
})
