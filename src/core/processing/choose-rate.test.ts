import { describe, expect, test } from 'vitest'
import { chooseRate, nextCrf } from './choose-rate.ts'

const reference = { kbps: 1000, vmaf: 80 }

describe('the second try', () => {
  test('goes to where the first one points', () => {
    expect(nextCrf(reference, { crf: 24, kbps: 900, vmaf: 83.5 })).toBeCloseTo(26.67, 2)
    expect(nextCrf(reference, { crf: 24, kbps: 900, vmaf: 76 })).toBeCloseTo(21.67, 2)
  })

  test('is never the first one again, nor far away', () => {
    expect(nextCrf(reference, { crf: 24, kbps: 900, vmaf: 79.5 })).toBe(25)
    expect(nextCrf(reference, { crf: 24, kbps: 900, vmaf: 79.4 })).toBe(23)
    expect(nextCrf(reference, { crf: 24, kbps: 900, vmaf: 10 })).toBe(18)
    expect(nextCrf(reference, { crf: 24, kbps: 900, vmaf: 100 })).toBe(30)
  })
})

describe('the rate of a rung', () => {
  const good = { crf: 24, kbps: 900, vmaf: 83 }
  const poor = { crf: 28, kbps: 450, vmaf: 77 }

  test('is the quality between two tries that is half a point below the rate of the group', () => {
    expect(chooseRate(reference, [good, poor])).toEqual({ kind: 'capped', crf: 26.3 })
    expect(chooseRate(reference, [poor, good])).toEqual({ kind: 'capped', crf: 26.3 })
  })

  test('is not believed far beyond the tries', () => {
    const better = { crf: 26, kbps: 700, vmaf: 82.9 }
    expect(chooseRate(reference, [{ ...good, vmaf: 83.2 }, better])).toEqual({ kind: 'capped', crf: 28 })
  })

  test('is that of the group where no constant quality looks as good', () => {
    const capped = { crf: 20, kbps: 990, vmaf: 77.1 }
    expect(chooseRate(reference, [{ ...capped, crf: 24, vmaf: 77 }, capped])).toEqual({ kind: 'average' })
  })

  test('is that of the group where a constant quality has more bits', () => {
    expect(chooseRate({ ...reference, kbps: 500 }, [good, poor])).toEqual({ kind: 'average' })
  })
})
