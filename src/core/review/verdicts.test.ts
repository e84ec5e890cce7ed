import { expect, test } from 'vitest'
import type { PictureReport, Suggestion } from '../catalog/review.ts'
import { judgePicture, reportOf, scenesOf, suggestForPicture, textReport, togetherSeen, worstOf } from './verdicts.ts'

const thresholds = (porn: number, terrorism = 0, politics = 0) => ({ thresholds: { porn, terrorism, politics } })
/** What the model says of a frame of Big Buck Bunny. */
const RABBIT = {
  porn: [
    { label: 'normal', confidence: 0.9998 },
    { label: 'porn', confidence: 0.00015 },
  ],
}

test('any block makes it block, all pass makes it pass, else review', () => {
  const worst = (...all: Suggestion[]) => worstOf(all)
  expect([worst(), worst('pass', 'pass'), worst('pass', 'review'), worst('review', 'block', 'pass')]).toEqual([
    ...['pass', 'pass', 'review', 'block'],
  ])
})

test('what reaches the threshold blocks, from half of it on a person should look', () => {
  const seen = (confidence: number) => ({ porn: [{ label: 'porn', confidence }] })
  const at80 = (confidence: number) => suggestForPicture(seen(confidence), thresholds(80))
  expect([0, 0.39, 0.4, 0.79, 0.8, 1].map(at80)).toEqual(['pass', 'pass', 'review', 'review', 'block', 'block'])
})

test('a neutral frame passes at any threshold that a template may have, and not at one below what it scores', () => {
  expect(suggestForPicture(RABBIT, thresholds(1))).toBe('pass')
  expect([0.03, 0.015].map((porn) => suggestForPicture(RABBIT, thresholds(porn)))).toEqual(['review', 'block'])
})

test('what is merely suggestive never blocks, and what is normal never counts', () => {
  const sexy = { porn: [{ label: 'sexy', confidence: 0.99 }] }
  expect([suggestForPicture(sexy, thresholds(80)), suggestForPicture(sexy, thresholds(100))]).toEqual([
    'review',
    'pass',
  ])
  expect(suggestForPicture({ porn: [{ label: 'normal', confidence: 1 }] }, thresholds(1))).toBe('pass')
})

test('a scene that is off is not looked at; one that nothing could look for is not passed', () => {
  const armed = { ...RABBIT, terrorism: [{ label: 'gun', confidence: 0.7 }] }
  expect(suggestForPicture(armed, thresholds(80))).toBe('pass')
  expect(suggestForPicture(armed, thresholds(80, 60))).toBe('block')
  expect(suggestForPicture(RABBIT, thresholds(80, 60))).toBe('review')
  expect(suggestForPicture({ ...RABBIT, terrorism: [] }, thresholds(80, 60))).toBe('pass')
  expect(scenesOf({ ...thresholds(0, 1, 100), intervalSeconds: 5, publishOnPass: false })).toEqual([
    ...['terrorism', 'politics'],
  ])
})

test('words ask for a person, unless one of them blocks; each is told once per scene', () => {
  const found = { scene: 'abuse', word: 'fuck', level: 'review' } as const
  expect(textReport([])).toEqual({ suggestion: 'pass', words: {} })
  expect(textReport([found, found])).toEqual({ suggestion: 'review', words: { abuse: ['fuck'] } })
  const worse = { scene: 'politics', word: '某某会', level: 'block' } as const
  expect(textReport([found, worse])).toEqual({
    ...{ suggestion: 'block', words: { politics: ['某某会'], abuse: ['fuck'] } },
  })
})

test('the whole is as bad as its worst part', () => {
  const picture = (suggestion: Suggestion): PictureReport => ({ suggestion, offset: 0, scores: {} })
  const whole = (cover: Suggestion, video: Suggestion) =>
    reportOf({ found: [], cover: [picture(cover)], video: [picture(video)], unseen: [] }).suggestion
  expect([whole('pass', 'pass'), whole('review', 'pass'), whole('pass', 'block')]).toEqual(['pass', 'review', 'block'])
})

test('where several engines look for the same, the surer one counts; who saw nothing looked', () => {
  const [gun, rifle] = [
    { label: 'gun', confidence: 0.3 },
    { label: 'rifle', confidence: 0.7 },
  ]
  expect(togetherSeen([RABBIT, { terrorism: [gun], politics: [] }, { terrorism: [rifle] }])).toEqual({
    ...{ ...RABBIT, terrorism: [rifle, gun], politics: [] },
  })
})

test('a word that was read makes its picture as bad as the word, whatever the thresholds, and is told among all words', () => {
  const settings = { ...thresholds(0), intervalSeconds: 5, publishOnPass: false }
  const word = { scene: 'abuse', word: 'fuck', level: 'review', confidence: 0.9 } as const
  const clean = judgePicture({ offset: 5, scores: {}, words: [] }, settings)
  expect(clean).toEqual({ suggestion: 'pass', offset: 5, scores: {} })
  const read = judgePicture({ offset: 10, scores: {}, words: [word] }, settings)
  expect(read).toEqual({ suggestion: 'review', offset: 10, scores: {}, words: [word] })
  expect(judgePicture({ ...read, words: [word, { ...word, level: 'block' }] }, settings).suggestion).toBe('block')
  const found = { scene: 'politics', word: '某某会', level: 'review' } as const
  expect(reportOf({ found: [found], cover: [clean], video: [read], unseen: [] })).toMatchObject({
    ...{ suggestion: 'review', text: { words: { politics: ['某某会'], abuse: ['fuck'] } } },
  })
})
