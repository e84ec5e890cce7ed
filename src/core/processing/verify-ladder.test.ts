import { expect, test } from 'vitest'
import type { SourceVideo } from '../catalog/media.ts'
import type { EncodedLadder } from './encode-ladder.ts'
import type { EncodePlan } from './encode-plan.ts'
import type { StoredTrack } from './store-track.ts'
import { sourceNote, verifyEnds } from './verify-ladder.ts'

const track = (seconds: number): StoredTrack => ({
  name: 'a track',
  timescale: 1000,
  init: {
    ...{ type: 'init', kind: 'video', codec: 'avc1', timescale: 1000, mediaTime: 0 },
    width: 2,
    height: 2,
    bytes: new Uint8Array(),
  },
  segments: [{ ...{ index: 0, startTicks: 0, durationTicks: seconds * 1000 }, samples: 1, file: 'f', sizeBytes: 1 }],
  container: 'cmaf',
  independent: true,
  showsAll: true,
  ends: [{ bytes: new Uint8Array() }, { bytes: new Uint8Array() }],
})

const SEEN: SourceVideo = {
  ...{ stream: 0, codec: 'h264', width: 2, height: 2, codedWidth: 2, codedHeight: 2, anamorphic: false, rotation: 0 },
  ...{ frameRate: 25, variableFrameRate: false, interlaced: false, hdr: false, pixelFormat: 'yuv420p' },
}

interface Told {
  readonly picture?: number
  readonly sound?: number
  readonly announced: number
  readonly complaints?: readonly string[]
  readonly strictFailure?: string
  /** The source has sound that the settings leave out. */
  readonly muted?: boolean
  /** The source has a picture that the settings leave out. */
  readonly unseen?: boolean
}

const noteOn = ({ picture, sound, announced, complaints, muted, unseen, strictFailure }: Told): string | undefined => {
  const audio = { stream: 1, codec: 'aac', channels: 2, sampleRate: 48_000 }
  const media = {
    container: 'mov',
    durationMs: announced * 1000,
    bitRateKbps: 1,
    audioStreams: 1,
    ...(muted && { audio }),
    ...(unseen && { video: SEEN }),
  }
  const ladder: EncodedLadder = {
    plan: {
      media,
      segmentSeconds: 5,
      videoCodec: 'h264',
      rungs: [],
      sounds: [],
      outputs: [],
      tolerant: complaints !== undefined,
      ...(strictFailure !== undefined && { strictFailure }),
    },
    runs: { hls: 'r', others: 'r' },
    parameters: 'p',
    video: picture === undefined ? [] : [track(picture)],
    sounds: sound === undefined ? [] : [track(sound)],
    report: { frames: 1, complaints: complaints ?? [] },
  }
  return sourceNote(ladder)
}

test('a source that lasts about as long as it says needs no note', () => {
  expect(noteOn({ picture: 59, sound: 60, announced: 60 })).toBeUndefined()
  expect(noteOn({ sound: 3, announced: 4 })).toBeUndefined()
  expect(noteOn({ picture: 58.6, sound: 60, announced: 60 })).toBeUndefined()
})

test('minutes at the end of a long film are told, though they are a small part of it', () => {
  const announced = 4 * 3600
  expect(noteOn({ picture: announced - 660, announced })).toBe('The picture ends after 13740.0 of 14400.0 s')
  expect(noteOn({ picture: announced - 2, sound: announced, announced })).toBe(
    'The picture ends after 14398.0 of 14400.0 s',
  )
  expect(noteOn({ sound: announced - 660, announced })).toBe('The sound ends after 13740.0 of 14400.0 s')
})

test('an early end is told beside damage, and beside an encode that was begun again', () => {
  expect(noteOn({ picture: 58, announced: 60, complaints: ['bad frame'] })).toBe(
    'Source damaged: bad frame. The picture ends after 58.0 of 60.0 s',
  )
  expect(noteOn({ picture: 58, announced: 60, complaints: [], strictFailure: 'it hung' })).toMatch(
    /\(it hung\)\. The picture ends after 58\.0 of 60\.0 s$/,
  )
})

test('sound alone of a film may end when it likes: how long the source of it lasts, nobody knows', () => {
  expect(noteOn({ sound: 20, announced: 60, unseen: true })).toBeUndefined()
})

test('a source that ends early is damaged, whatever else was complained of', () => {
  const note = 'Source damaged: it ends after 20.0 s, although it says that it lasts 60.0 s'
  expect(noteOn({ picture: 20, sound: 19, announced: 60 })).toBe(note)
  expect(noteOn({ picture: 20, announced: 60, complaints: ['bad frame'] })).toBe(note)
})

test('damage that was passed over is named', () => {
  expect(noteOn({ picture: 60, announced: 60, complaints: ['bad frame'] })).toBe('Source damaged: bad frame')
})

test('a second encode of which no decoder complained blames nobody, and says how the first one ended', () => {
  const note = noteOn({ picture: 60, announced: 60, complaints: [], strictFailure: 'FFmpeg crashed on this file' })
  expect(note).toBe(
    'A first encode ended early, a second one that passes over errors did not (FFmpeg crashed on this file)',
  )
})

test('a picture that ends before the sound is worth a note; sound may end when it likes', () => {
  expect(noteOn({ picture: 20, sound: 60, announced: 60 })).toBe('The picture ends after 20.0 of 60.0 s')
  expect(noteOn({ picture: 60, sound: 20, announced: 60 })).toBeUndefined()
  expect(noteOn({ picture: 20, announced: 60, muted: true })).toBe('The picture ends after 20.0 of 60.0 s')
})

test('of what was encoded, every picture of both ends comes out of the decoder', async () => {
  const [first, last] = [
    { bytes: new Uint8Array(), frames: 120 },
    { bytes: new Uint8Array(), frames: 48 },
  ]
  const plan = { rungs: [], sounds: [] } as unknown as EncodePlan
  const of = { type: 'video', rung: 0 } as const
  const signal = AbortSignal.timeout(1000)
  const verify = (decoded: number) =>
    verifyEnds({ decode: async () => decoded }, plan, { of, track: { ...track(60), ends: [first, last] }, signal })
  await expect(verify(168)).resolves.toBeUndefined()
  await expect(verify(167)).rejects.toThrow('decodes to 167 of 168 pictures')
  await expect(verify(0)).rejects.toThrow('does not decode')
})
