import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MARK_CORNERS, type Mark, type MarkPlacement } from '../../src/core/catalog/mark.ts'
import type { EncodePlan } from '../../src/core/processing/encode-plan.ts'
import type { PinnedObject } from '../../src/core/processing/ports.ts'
import { someOf } from '../support/cases.ts'
import { derive } from '../support/media.ts'
import { boxAround, type Colour, type Frame, framesOf, isNear, markOf, type Picture, picture, pixel } from './marked.ts'
import { packetTimes } from './measured.ts'
import { type Encoded, never, Workbench } from './workbench.ts'

let bench: Workbench
/** 200x100, red; the right half is see-through, with green hidden in it. */
let half: Picture
let blue: Picture
let photo: Picture
beforeAll(async () => {
  bench = await Workbench.open()
  half = await picture(
    bench,
    "color=red:s=200x100,format=rgba,geq=r='if(lt(X,100),255,0)':g='if(lt(X,100),0,255)':b=0:a='if(lt(X,100),255,0)'",
  )
  blue = await picture(bench, 'color=blue:s=64x64,format=rgb24')
  photo = await picture(bench, 'color=red:s=160x80', 'jpeg')
})
afterAll(() => bench[Symbol.asyncDispose]())

const RED = [255, 0, 0] as const
const GREEN = [0, 255, 0] as const
const BLUE = [0, 0, 255] as const
const GREY = [128, 128, 128] as const

/** One second of grey at 10 frames a second. */
const grey = (size = '320x180', more: readonly string[] = []) =>
  derive(
    [
      '-f',
      'lavfi',
      '-i',
      `color=0x808080:s=${size}:r=10:d=1,format=yuv420p`,
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      ...more,
    ],
    'mp4',
  )

const withMarks =
  (...marks: readonly Mark[]) =>
  (plan: EncodePlan): EncodePlan => ({ ...plan, marks })

/** Every rung's frames with these marks. */
const marked = async (file: string, ...marks: readonly (readonly [Picture, Partial<MarkPlacement>])[]) => {
  const pins: readonly PinnedObject[] = marks.map(([{ object }]) => object)
  const encoded = await bench.encode(file, withMarks(...marks.map(([one, placement]) => markOf(one, placement))), pins)
  const rungs = await Promise.all(encoded.plan.rungs.map((_, n) => framesOf(encoded, n)))
  return { encoded, rungs }
}

const first = (frames: readonly Frame[] | undefined): Frame => {
  const [frame] = frames ?? []
  if (!frame) throw new Error('there is no frame')
  return frame
}

const expectColour = (colour: Colour, wanted: Colour, tolerance?: number) =>
  expect(isNear(colour, wanted, tolerance), `${colour} is not near ${wanted}`).toBe(true)

/** Chroma of 4:2:0 smears by a pixel or two, and the encoder's by some more. */
const EDGE = 4

const expectBox = (frame: Frame, wanted: { x: number; y: number; width: number; height: number }) => {
  const box = boxAround(frame, GREY)
  if (!box) throw new Error('nothing is marked')
  for (const side of ['x', 'y', 'width', 'height'] as const) {
    expect(Math.abs(box[side] - wanted[side]), `${side} of ${JSON.stringify(box)}`).toBeLessThanOrEqual(EDGE)
  }
}

describe('a mark', () => {
  test('lies at its place at each corner of every rung, once, and nowhere else', async () => {
    const size = { dx: '0.05', dy: '0.1', width: '0.2', height: '0.15' }
    // Two frames for each corner, one after another.
    const marks = MARK_CORNERS.map(
      (corner, n) => [blue, { ...size, corner, start: `${n * 0.2}`, duration: '0.2' }] as const,
    )
    const { encoded, rungs } = await marked(await grey('854x480'), ...marks)
    expect(encoded.plan.rungs.map(({ width }) => width)).toEqual([854, 480])
    for (const frames of rungs) {
      const { width, height } = first(frames)
      const box = { width: width * 0.2, height: height * 0.15 }
      const places = MARK_CORNERS.map((corner) => ({
        x: corner.endsWith('right') ? width * 0.95 - box.width : width * 0.05,
        y: corner.startsWith('bottom') ? height * 0.9 - box.height : height * 0.1,
      }))
      expect(frames).toHaveLength(10)
      for (const [n, { x, y }] of places.entries()) {
        for (const frame of frames.slice(2 * n, 2 * n + 2)) {
          expectBox(frame, { x, y, ...box })
          expectColour(pixel(frame, Math.round(x + box.width / 2), Math.round(y + box.height / 2)), BLUE)
        }
      }
      for (const frame of frames.slice(8)) expect(boxAround(frame, GREY)).toBeUndefined()
    }
  })

  const PROCESSES = [
    ['transparent', RED, GREY],
    ['grey', [54, 54, 54], GREY],
    ['original', RED, GREEN],
  ] as const
  test.each(someOf(PROCESSES, 2))('whose picture is taken as %s', async (process, left, right) => {
    const placement = { process, corner: 'top_left', dx: '0.1', dy: '0.1', width: '0.4' } as const
    const { rungs } = await marked(await grey(), [half, placement])
    for (const frames of rungs) {
      const frame = first(frames)
      const at = (share: number) => Math.round(frame.width * (0.1 + share))
      const y = Math.round(frame.height * 0.1 + frame.width * 0.1)
      const [one, other] = [pixel(frame, at(0.1), y), pixel(frame, at(0.3), y)]
      expect(isNear(one, left), `${one}`).toBe(true)
      expect(isNear(other, right), `${other}`).toBe(true)
      // What is hidden under see-through pixels does not show where they begin.
      const edge = pixel(frame, at(0.2) + 3, y)
      if (process === 'transparent') expect(edge[1], `${edge}`).toBeLessThan(150)
    }
  })

  test('is seen in its time and at no other, to the frame', async () => {
    const between = { width: '0.2', start: '0.3', duration: '0.4' }
    const { rungs } = await marked(await grey(), [blue, between], [blue, { width: '0.2', start: '0.85' }])
    for (const frames of rungs) {
      expect(frames.map((frame) => boxAround(frame, GREY) !== undefined)).toEqual(
        Array.from({ length: 10 }, (_, n) => (n >= 3 && n < 7) || n === 9),
      )
    }
  })

  test('keeps the shape of its picture where one side is missing, and its own size where both are', async () => {
    const wide = { corner: 'top_left', process: 'original' } as const
    const sizes: readonly Partial<MarkPlacement>[] = [
      { width: '0.25' },
      { height: '0.25' },
      {},
      { width: '120', height: '40', dx: '16' },
    ]
    // Two frames for each size, one after another.
    const marks = sizes.map((one, n) => [half, { ...wide, ...one, start: `${n * 0.2}`, duration: '0.2' }] as const)
    const { rungs } = await marked(await grey(), ...marks)
    for (const frames of rungs) {
      const { width, height } = first(frames)
      const boxes = [
        { x: 0, y: 0, width: width / 4, height: width / 8 },
        { x: 0, y: 0, width: height / 2, height: height / 4 },
        { x: 0, y: 0, width: 200, height: 100 },
        { x: 16, y: 0, width: 120, height: 40 },
      ]
      for (const [n, box] of boxes.entries()) expectBox(first(frames.slice(2 * n)), box)
    }
  })

  test('that is larger than the film is fitted into it', async () => {
    const { rungs } = await marked(await grey('64x36'), [half, { process: 'original', width: '4096' }])
    expectBox(first(rungs[0]), { x: 0, y: 0, width: 64, height: 32 })
  })

  test('of JPEG, and another one beside it', async () => {
    const right = { corner: 'bottom_right', width: '0.1', height: '0.1' } as const
    const { rungs } = await marked(await grey(), [photo, { corner: 'top_left', width: '0.2' }], [blue, right])
    for (const frames of rungs) {
      const frame = first(frames)
      const at = (x: number, y: number) => pixel(frame, Math.round(frame.width * x), Math.round(frame.height * y))
      expectColour(at(0.1, 0.05), RED)
      expectColour(at(0.95, 0.95), BLUE)
      expectColour(at(0.5, 0.5), GREY)
    }
  })
})

describe('a mark is right side up and in shape on a film that is', () => {
  const placement = { corner: 'top_left', dx: '0.1', dy: '0.1', width: '0.3', height: '0.2' } as const
  const expectAt = (frame: Frame) => {
    const { width, height } = frame
    expectBox(frame, { x: width * 0.1, y: height * 0.1, width: width * 0.3, height: height * 0.2 })
  }

  test('turned', async () => {
    const turned = await derive(['-display_rotation', '90', '-i', await grey('320x180'), '-c', 'copy'], 'mp4')
    const { encoded, rungs } = await marked(turned, [blue, placement])
    expect(encoded.plan.rungs[0]).toMatchObject({ width: 180, height: 320 })
    expectAt(first(rungs[0]))
  })

  test('anamorphic, and of an odd size', async () => {
    const ultrafast = ['-c:v', 'libx264', '-preset', 'ultrafast']
    const of = (filters: string) =>
      derive(['-f', 'lavfi', '-i', `color=0x808080:r=10:d=1:${filters}`, ...ultrafast], 'mp4')
    const anamorphic = await marked(await of('s=180x144,setsar=64/45,format=yuv420p'), [blue, placement])
    expect(anamorphic.encoded.plan.rungs[0]).toMatchObject({ width: 256, height: 144 })
    expectAt(first(anamorphic.rungs[0]))
    const odd = await marked(await of('s=161x121,format=yuv444p'), [blue, placement])
    expectAt(first(odd.rungs[0]))
  })

  test('HDR', async () => {
    const tags = ['-color_trc', 'smpte2084', '-color_primaries', 'bt2020', '-colorspace', 'bt2020nc']
    const x265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error', '-tag:v', 'hvc1']
    const black = ['-f', 'lavfi', '-i', 'color=black:s=320x180:r=10:d=0.5,format=yuv420p10le']
    const { rungs } = await marked(await derive([...black, ...tags, ...x265], 'mp4'), [
      photo,
      { ...placement, corner: 'top_left' },
    ])
    const frame = first(rungs[0])
    expect(isNear(pixel(frame, Math.round(frame.width * 0.25), Math.round(frame.height * 0.2)), RED, 30)).toBe(true)
    expect(isNear(pixel(frame, 300, 150), [0, 0, 0])).toBe(true)
  })

  const colours: readonly [string, string][] = [
    ['bt709', '320x180'],
    ['unknown', '320x180'],
    ['unknown', '1280x720'],
    ['smpte170m', '320x180'],
    ['bt470bg', '1280x720'],
  ]
  test.each(someOf(colours, 2))(
    'of %s colours and %s: its own are those of the picture, and the film keeps its own',
    async (matrix, size) => {
      const box = 'drawbox=x=iw/2:y=ih/2:w=iw/4:h=ih/4:color=0x20a040:t=fill'
      const file = await grey(size, ['-vf', box, '-colorspace', matrix, '-frames:v', '2'])
      const { encoded, rungs } = await marked(file, [half, { corner: 'top_left', width: '0.3' }])
      const plain = await bench.encode(file)
      for (const [n, frames] of rungs.entries()) {
        const [one, without] = [first(frames), first(await framesOf(plain, n))]
        expectColour(pixel(one, 20, 20), RED, 16)
        const [x, y] = [Math.round(one.width * 0.6), Math.round(one.height * 0.6)]
        expectColour(pixel(one, x, y), pixel(without, x, y), 3)
        expect(await matrixOf(encoded, n)).toEqual(await matrixOf(plain, n))
      }
    },
  )
})

const matrixOf = async ({ videos }: Encoded, rung: number) => {
  const { video } = await bench.tool.probe(await bench.putBytes('rung.mp4', videos[rung] ?? Buffer.alloc(0)), never)
  return video?.matrix
}

test('frames keep the times that they have without a mark, also of a film whose picture begins late', async () => {
  const beep = ['-f', 'lavfi', '-i', 'sine=r=48000:d=1.2', '-map', '0:v', '-map', '1:a', '-c:a', 'aac']
  const late = await derive(['-itsoffset', '0.21', '-i', await grey('320x180'), ...beep, '-c:v', 'copy'], 'ts')
  const { encoded, rungs } = await marked(late, [blue, { width: '0.2' }])
  const plain = await bench.encode(late)
  const times = await Promise.all([encoded, plain].map(({ videos }) => packetTimes(videos[0] ?? Buffer.alloc(0))))
  expect(times[0]).toEqual(times[1])
  expect((rungs[0] ?? []).every((frame) => boxAround(frame, GREY) !== undefined)).toBe(true)
})

test('a picture that cannot be decoded ends the encode with its name', async () => {
  const bytes = Buffer.from(await (await bench.store.read(half.object)).toArray().then((parts) => Buffer.concat(parts)))
  const broken = await bench.putBytes(
    'broken.png',
    bytes.fill(0x5a, bytes.indexOf('IDAT') + 12, bytes.indexOf('IEND') - 12),
  )
  const outcome = await bench
    .encode(await grey('320x180'), withMarks(markOf(half, {})), [broken])
    .catch((error: unknown) => error)
  expect(outcome).toMatchObject({
    permanent: true,
    reason: expect.stringContaining("the watermark's picture broken.png"),
  })
})
