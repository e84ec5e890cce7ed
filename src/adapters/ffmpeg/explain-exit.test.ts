import { describe, expect, test } from 'vitest'
import { parseDecodable, parseEncoders, parseFilters, parseVersion } from './capabilities.ts'
import { complaintsIn, type Exit, explainExit, type Stop } from './explain-exit.ts'
import { checkMp4 } from './mp4-boxes.ts'
import { type Progress, progressReader } from './progress.ts'
import { rangeOf } from './range-proxy.ts'
import { notMedia } from './sniff.ts'

const exit = (how: Partial<Exit>): Exit => ({ code: 1, signal: null, stderr: '', stop: undefined, ...how })

const explain = (how: Partial<Exit>) => {
  const failure = explainExit(exit(how))
  return failure && { reason: failure.reason, permanent: failure.permanent }
}

describe('the end of FFmpeg', () => {
  test('is no failure when it ended well', () => {
    expect(explain({ code: 0 })).toBeUndefined()
  })

  test.each([
    ['av_interleaved_write_frame(): No space left on device', 'the disk is full', false],
    ['x264 [error]: malloc of size 3110400 failed', 'it needs more memory than one process may have', true],
    ['http://127.0.0.1:1/src/0: Connection refused', 'the source could not be read', false],
    ['The decoder vvc: experimental codecs are not enabled', 'there is no decoder for its codec', true],
    [
      "Impossible to convert between the formats supported by the filter 'graph 0 input' and the filter 'auto_scale_0'",
      'its colours are in a form that cannot be converted',
      true,
    ],
  ])('says what stands behind "%s"', (stderr, reason, permanent) => {
    expect(explain({ stderr })).toEqual({ reason, permanent })
  })

  test('tells a crash, which will come again, from a kill, which may not', () => {
    expect(explain({ code: null, signal: 'SIGSEGV' })).toMatchObject({ permanent: true })
    expect(explainExit(exit({ code: null, signal: 'SIGKILL' }))).toMatchObject({ permanent: false, killed: true })
  })

  test.each(['', 'Exiting normally, received signal 15.'])('by a signal that it heeds is a kill, too', (stderr) => {
    expect(explainExit(exit({ code: 255, stderr }))).toMatchObject({ permanent: false, killed: true })
    expect(explain({ code: 255, stderr: 'Operation not permitted' })).toMatchObject({ permanent: true })
  })

  test.each<Stop>([
    { type: 'wall_limit', seconds: 60 },
    { type: 'no_progress', seconds: 60 },
    { type: 'output_limit', bytes: 1 },
  ])('by our own limit ($type) is no kill from outside', (stop) => {
    for (const end of [{ signal: 'SIGKILL' }, { code: 255 }] as const)
      expect(explainExit(exit({ ...end, stop }))).toMatchObject({ killed: false })
  })

  test('names the limit by which we ended it', () => {
    const stop = { type: 'no_progress', seconds: 60 } as const
    expect(explain({ signal: 'SIGKILL', stop })).toEqual({
      reason: 'FFmpeg made no progress for 60 seconds',
      permanent: false,
    })
  })

  test('never repeats addresses, paths or tokens', () => {
    const [line] = complaintsIn(
      "[h264 @ 0x55d6c0] Error in http://127.0.0.1:40000/src/abc123 and '/var/lib/x/secret.mp4'\n",
    )
    expect(line).toBe("Error in the source and 'a file'")
  })

  test('lists each complaint once and few of them', () => {
    const stderr = Array.from({ length: 40 }, (_, n) => `[h264 @ 0x5${n}] error while decoding MB ${n % 9}`).join('\n')
    expect(complaintsIn(`${stderr}\n    Last message repeated 3 times\n`)).toHaveLength(5)
  })
})

describe('what FFmpeg can do', () => {
  test.each([
    ['ffmpeg version n7.0-7-gd38bf5e08e Copyright', true],
    ['ffmpeg version 5.1.9-0+deb12u1 Copyright', true],
    ['ffmpeg version 4.4.2 Copyright', false],
    ['ffmpeg version N-118000-gabcdef Copyright', true],
  ])('follows from "%s"', (text, supported) => {
    expect(parseVersion(text).supported).toBe(supported)
  })

  test('is read from its lists', () => {
    expect(parseEncoders(' V....D libx264              H.264\n ------\n A....D aac   AAC\n')).toEqual(
      new Set(['libx264', 'aac']),
    )
    expect(parseFilters(' TS. bwdif   V->V  Deinterlace\n .S tonemap V->V  x\n  T.. = Timeline support\n')).toEqual(
      new Set(['bwdif', 'tonemap']),
    )
    expect(parseDecodable(' DEV.LS h264  x\n .EV.L. only_encoded x\n')).toEqual(new Set(['h264']))
  })
})

test('progress arrives whole, however the text is cut', () => {
  const seen: Progress[] = []
  const read = progressReader((progress) => seen.push(progress))
  for (const character of 'frame=7\nout_time_us=280000\nprogress=continue\nframe=9\nout_time_us=N/A\nprogress=end\n') {
    read(character)
  }
  expect(seen).toEqual([
    { frames: 7, outTimeMs: 280, ended: false },
    { frames: 9, outTimeMs: undefined, ended: true },
  ])
})

describe('the first bytes', () => {
  test.each([
    ['', 'the file is empty'],
    ['#EXTM3U\n#EXT-X-VERSION:3\n', 'the file is a playlist, not a video or audio file'],
    ['  <!DOCTYPE html><html>', 'the file is a web page, not a video or audio file'],
    ['Hello, world', 'the file is plain text, not a video or audio file'],
    ['\xff\xd8\xff\xe0', 'the file is a JPEG picture, not a video or audio file'],
  ])('of %j are seen through', (text, reason) => {
    expect(notMedia(Buffer.from(text, 'latin1'))).toBe(reason)
  })

  test('of media pass', () => {
    expect(notMedia(Buffer.from('\0\0\0\x20ftypisom', 'latin1'))).toBeUndefined()
  })
})

describe('the boxes of an MP4', () => {
  const box = (type: string, size: number, claimed = size): Buffer => {
    const bytes = Buffer.alloc(size)
    bytes.writeUInt32BE(claimed)
    bytes.write(type, 4, 'latin1')
    return bytes
  }
  const check = (...boxes: readonly Buffer[]) => {
    const file = Buffer.concat(boxes)
    return checkMp4(async (start, length) => file.subarray(start, start + length), file.length)
  }

  test('pass when all are there, index first or last', async () => {
    await check(box('ftyp', 16), box('moov', 40), box('mdat', 100))
    await check(box('ftyp', 16), box('mdat', 100), box('moov', 40))
    await check(box('ftyp', 16), box('moov', 40), box('mdat', 100, 0))
  })

  test('show that the index is missing', async () => {
    const reason = 'the upload is incomplete: the file ends before its index (moov)'
    await expect(check(box('ftyp', 16), box('mdat', 100, 5000))).rejects.toMatchObject({ reason, permanent: true })
    await expect(check(box('ftyp', 16), box('mdat', 100))).rejects.toMatchObject({ reason })
  })

  test('show that the media are cut off', async () => {
    await expect(check(box('ftyp', 16), box('moov', 40), box('mdat', 100, 5000))).rejects.toMatchObject({
      reason: 'the file is cut off: it has 156 bytes of at least 5056',
    })
  })

  test('are no matter in files of other kinds', async () => {
    await check(Buffer.from('RIFF\0\0\0\0AVI LIST'))
  })
})

test.each([
  [undefined, undefined],
  ['bytes=0-99', { start: 0, end: 99 }],
  ['bytes=900-', { start: 900, end: 999 }],
  ['bytes=-10', { start: 990, end: 999 }],
  ['bytes=0-5000', { start: 0, end: 999 }],
  ['bytes=1000-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=5-2', undefined],
  ['bytes=0-1,5-6', undefined],
])('the range %j of 1000 bytes', (header, range) => {
  expect(rangeOf(header, 1000)).toEqual(range)
})
