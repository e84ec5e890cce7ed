import { expect, test } from 'vitest'
import { DEATHS, deathOf, type Ending, nextTry, type Tally } from './next-try.ts'

const LIMITS = { triedSeconds: 60, retryLimit: 2, retrySeconds: 3600 }
const FIRST: Tally = { attempt: 1, suspect: 0, deaths: 0 }
const awayFor = (triedSeconds: number, tally = FIRST) =>
  nextTry({ ...tally, ...LIMITS, triedSeconds }, { type: 'failed', reason: 'the store is away', permanent: false })
const suspect: Ending = { type: 'suspect', reason: 'it took too long' }

/** The pauses before each further try, and the reason for the end, of a task whose worker always dies. */
const livesOf = (retryLimit: number) => {
  const pauses: number[] = []
  for (let tally = FIRST; pauses.length < 10_000; tally = { ...tally, attempt: tally.attempt + 1 }) {
    const next = nextTry({ ...LIMITS, ...tally, retryLimit }, deathOf(tally))
    if (next.type === 'none') return { pauses, reason: next.reason }
    if (next.after === 'backoff') throw new Error('a death has a pause of its own')
    pauses.push(next.after.seconds)
    tally = next.tally
  }
  throw new Error('it never ends')
}

test('the first deaths of workers cost no time, further ones more and more, up to a minute', () => {
  expect(livesOf(2).pauses).toEqual([0, 0, 1, 2, 4, 8, 16, 32, ...Array.from({ length: 11 }, () => 60)])
})

test('a task whose worker died twenty times in a row is given up, however few suspect tries it may have', () => {
  for (const retryLimit of [0, 2]) {
    const { pauses, reason } = livesOf(retryLimit)
    expect(pauses).toHaveLength(DEATHS - 1)
    expect(reason).toBe(
      'the worker died while working on this, the last of 20 such ends in a row; the file may be the cause, for instance by the memory that it needs',
    )
  }
})

test('kills alone cannot use up a task within ten minutes', () => {
  expect(livesOf(2).pauses.reduce((sum, seconds) => sum + seconds, 0)).toBeGreaterThan(600)
})

test('a task that may be suspect more often than that may die as often', () => {
  expect(livesOf(1_000).pauses).toHaveLength(1_000)
})

test('as long as there are further tries, the file is not accused', () => {
  const reasons = [0, DEATHS - 2].map((deaths) => deathOf({ deaths }))
  expect(reasons).toEqual([
    { type: 'abandoned', reason: 'the worker died while working on this' },
    { type: 'abandoned', reason: 'the worker died while working on this, the last of 19 such ends in a row' },
  ])
})

test('kills and deaths of the worker are counted together, and the reason says which was the last', () => {
  const who = 'FFmpeg was killed from outside'
  expect(deathOf({ deaths: 0 }, who)).toEqual({ type: 'abandoned', reason: `${who} while working on this` })
  expect(nextTry({ ...FIRST, ...LIMITS, deaths: DEATHS - 1 }, deathOf({ deaths: DEATHS - 1 }, who))).toEqual({
    type: 'none',
    reason: `${who} while working on this, the last of 20 such ends in a row; the file may be the cause, for instance by the memory that it needs`,
  })
})

test('deaths and suspect tries do not add up', () => {
  const often = { attempt: 21, suspect: 2, deaths: 18 }
  expect(nextTry({ ...often, ...LIMITS }, deathOf(often))).toMatchObject({
    ...{ type: 'again', tally: { suspect: 2, deaths: 19 } },
  })
  expect(nextTry({ attempt: 20, suspect: 1, deaths: 19, ...LIMITS }, suspect)).toEqual({
    ...{ type: 'again', after: 'backoff', tally: { attempt: 20, suspect: 2, deaths: 0 } },
  })
})

test('a try that its worker survived ends the row of deaths', () => {
  expect(awayFor(60, { attempt: 20, suspect: 1, deaths: 19 })).toEqual({
    ...{ type: 'again', after: 'backoff', tally: { attempt: 20, suspect: 1, deaths: 0 } },
  })
})

test('a try that was handed back changes no count', () => {
  expect(nextTry({ attempt: 4, suspect: 1, deaths: 2, ...LIMITS }, { type: 'handed_back' })).toEqual({
    ...{ type: 'again', after: { seconds: 0 }, tally: { attempt: 3, suspect: 1, deaths: 2 } },
  })
})

test('the first suspect try costs no pause, however often its workers went away before', () => {
  const drained = { attempt: 5, suspect: 0, deaths: 1 }
  expect(nextTry({ ...drained, ...LIMITS }, suspect)).toEqual({
    ...{ type: 'again', after: { seconds: 0 }, tally: { attempt: 5, suspect: 1, deaths: 0 } },
  })
})

test('a suspect task has its few tries, an error its time, a permanent failure neither', () => {
  expect(nextTry({ attempt: 3, suspect: 2, deaths: 0, ...LIMITS }, suspect)).toEqual({
    ...{ type: 'none', reason: 'it took too long' },
  })
  expect(awayFor(3599).type).toBe('again')
  expect(awayFor(3600)).toEqual({ type: 'none', reason: 'the store is away' })
  const permanent: Ending = { type: 'failed', reason: 'no video in it', permanent: true }
  expect(nextTry({ ...FIRST, ...LIMITS }, permanent)).toEqual({ type: 'none', reason: 'no video in it' })
})
