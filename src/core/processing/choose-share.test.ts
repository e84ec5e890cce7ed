import { describe, expect, test } from 'vitest'
import { chooseShare, nextShare } from './choose-share.ts'

const reference = { kbps: 1000, vmaf: 80.3 }
const tried = (share: number, vmaf: number, kbps = 1000 * share) => ({ share, vmaf, kbps })

describe('the second try', () => {
  test('goes to where the first one points', () => {
    expect(nextShare(reference, tried(0.75, 84))).toBeCloseTo(0.75 / 2 ** (4 / 12))
    expect(nextShare(reference, tried(0.75, 76))).toBeCloseTo(0.75 * 2 ** (4 / 12))
  })

  test('goes further down where little is left to lose', () => {
    expect(nextShare({ kbps: 1000, vmaf: 98.8 }, tried(0.75, 99))).toBeCloseTo(0.75 / 2 ** (0.5 / 1.5))
    expect(nextShare({ kbps: 1000, vmaf: 98 }, tried(0.75, 99.5))).toBe(0.375)
  })

  test('is never close to the first one, nor above the rung, nor hardly anything', () => {
    expect(nextShare(reference, tried(0.75, 80))).toBeCloseTo(0.75 / 2 ** 0.2)
    expect(nextShare(reference, tried(0.75, 79.9))).toBeCloseTo(0.75 * 2 ** 0.2)
    expect(nextShare(reference, tried(0.75, 20))).toBe(1)
    expect(nextShare({ kbps: 1000, vmaf: 90 }, tried(0.5, 99.9))).toBeCloseTo(1 / 3)
  })
})

describe('the share of its rate that a rung gets', () => {
  const shareOf = (...[one, other]: Parameters<typeof chooseShare>[1]) =>
    chooseShare({ reference, rungKbps: 1000 }, [one, other])

  test('lies where the two tries say that it looks as good as with all of it', () => {
    expect(shareOf(tried(0.8, 82), tried(0.4, 76))).toBeCloseTo(0.8 / 2 ** (2 / 6))
    expect(shareOf(tried(0.4, 76), tried(0.8, 82))).toBeCloseTo(0.8 / 2 ** (2 / 6))
  })

  test('lies beyond two tries that are too good, and above two that are too poor', () => {
    expect(shareOf(tried(0.8, 86), tried(0.4, 82))).toBeCloseTo(1 / 3)
    expect(shareOf(tried(0.8, 84), tried(0.6, 82))).toBeCloseTo(0.6 / 2 ** (2 / (2 / Math.log2(0.8 / 0.6))))
    expect(shareOf(tried(0.75, 78), tried(0.9, 79.5, 850))).toBeLessThan(1)
    expect(shareOf(tried(0.75, 70), tried(0.9, 71))).toBe(0.95)
  })

  test('takes off by how much more the encoder exceeded the rate than with all of it', () => {
    const over = { reference: { kbps: 1100, vmaf: 80.3 }, rungKbps: 1000 }
    expect(chooseShare(over, [tried(0.75, 80, 880), tried(0.5, 70, 600)])).toBeCloseTo(0.8)
  })

  test('keeps a rate that easy samples left unused: hard pictures between them need it', () => {
    const under = { reference: { kbps: 400, vmaf: 80.3 }, rungKbps: 1000 }
    expect(chooseShare(under, [tried(0.75, 80, 350), tried(0.5, 70, 300)])).toBeCloseTo(0.75)
  })
})
