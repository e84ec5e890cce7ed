import { describe, expect, test } from 'vitest'
import { chooseRate, nextCrf } from './choose-rate.ts'

const reference = { kbps: 1000, vmaf: 80 }
const tried = (crf: number, vmaf: number, kbps = 900) => ({ crf, vmaf, kbps })

describe('the second try', () => {
  test('goes to where the first one points', () => {
    expect(nextCrf(reference, tried(24, 83))).toBe(27.5)
    expect(nextCrf(reference, tried(24, 76))).toBe(20.5)
  })

  test('is never close to the first one, nor far away', () => {
    expect(nextCrf(reference, tried(24, 79.5))).toBe(26)
    expect(nextCrf(reference, tried(24, 79.4))).toBe(22)
    expect(nextCrf(reference, tried(24, 10))).toBe(18)
    expect(nextCrf(reference, tried(24, 100))).toBe(30)
  })
})

describe('the rate of a rung', () => {
  const [good, poor] = [tried(24, 83), tried(28, 77, 450)]

  test('is the quality between two tries that is half a point below the rate of the group', () => {
    expect(chooseRate(reference, [good, poor])).toEqual({ kind: 'capped', crf: 26.3 })
    expect(chooseRate(reference, [poor, good])).toEqual({ kind: 'capped', crf: 26.3 })
  })

  test('is not believed far beyond two tries that are too good', () => {
    expect(chooseRate(reference, [good, tried(26, 82.9, 800)])).toEqual({ kind: 'capped', crf: 27.3 })
    expect(chooseRate(reference, [tried(24, 95), tried(30, 94, 700)])).toEqual({ kind: 'capped', crf: 32 })
  })

  test('is better than both tries where they are too poor, up to a point', () => {
    expect(chooseRate(reference, [tried(24, 77), tried(22, 79, 950)])).toEqual({ kind: 'capped', crf: 21.5 })
    expect(chooseRate(reference, [tried(24, 77), tried(20, 77.1)])).toEqual({ kind: 'average' })
  })

  test('is that of the group where a constant quality has more bits', () => {
    expect(chooseRate({ ...reference, kbps: 500 }, [good, poor])).toEqual({ kind: 'average' })
  })
})
