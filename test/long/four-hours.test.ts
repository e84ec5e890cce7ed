import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runTelecine } from '../journeys/processes.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { derive } from '../support/media.ts'

const SECONDS = 4 * 3600
const MINUTE = [
  ...['-f', 'lavfi', '-i', 'testsrc2=size=96x56:rate=24000/1001:duration=60'],
  ...['-g', '240', '-bf', '3', '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'],
]
/** Encoded once: a sound that is repeated has gaps of its own. */
const SOUND = ['-f', 'lavfi', '-i', `sine=sample_rate=44100:duration=${SECONDS}`, '-c:v', 'copy', '-c:a', 'aac']
/** 199 and 225e6 were measured on a quiet machine and 269e6 on a busy one, in the join that writes an MP4 file. It should take 200e6. */
const MOST_PROCESS_BYTES = 280e6
const MOST_DRIFT_SECONDS = 0.01

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation({ worker: 'none' })
})
afterAll(() => installation[Symbol.asyncDispose]())

interface Packets {
  readonly count: number
  /** When the first begins, and the last one ends, in seconds. */
  readonly begin: number
  readonly end: number
  /** Longest time between the end of one and the beginning of the next, in presentation order. */
  readonly gap: number
  /** When each begins, in presentation order. */
  readonly begins: readonly number[]
}

const packetsOf = async (source: string, kind: 'v' | 'a'): Promise<Packets> => {
  const { stdout } = await ffmpeg(
    ...['-v', 'error', '-copyts', '-i', source, '-map', `0:${kind}:0`, '-c', 'copy', '-f', 'framecrc', '-'],
  )
  const [, numerator = '1', denominator = '1'] = /#tb 0: (\d+)\/(\d+)/.exec(stdout) ?? []
  const tick = Number(numerator) / Number(denominator)
  const packets = [...stdout.matchAll(/^0,\s*-?\d+,\s*(-?\d+),\s*(\d+),/gm)]
    .map(([, at, duration]) => ({ begin: Number(at) * tick, end: (Number(at) + Number(duration)) * tick }))
    .toSorted((a, b) => a.begin - b.begin)
  const gap = packets.reduce((most, { begin }, n) => Math.max(most, begin - (packets[n - 1]?.end ?? begin)), 0)
  const begins = packets.map(({ begin }) => begin)
  return { count: packets.length, begin: begins[0] ?? 0, end: packets.at(-1)?.end ?? 0, gap, begins }
}

/**
 * How far the packets in the middle and at the end are from those of the source with the same number. They are counted from one near the beginning:
 * what the encoder puts before the first and behind the last is no drift.
 */
const driftOf = ({ begins }: Packets, source: Packets): number => {
  const [first, middle, last] = [10, source.count >> 1, source.count - 1]
  const apart = (n: number, before: number) => Math.abs((begins[n + before] ?? Number.NaN) - (source.begins[n] ?? 0))
  const before = [-2, -1, 0, 1, 2].toSorted((one, other) => apart(first, one) - apart(first, other))[0] ?? 0
  return Math.max(apart(middle, before), apart(last, before))
}

test('four hours are exact to the frame, in step to the end, and need no more memory than a minute', async () => {
  const minute = await derive(MINUTE, 'mp4')
  const loop = ['-stream_loop', '239', '-i', minute]
  const source = await derive([...loop, ...SOUND, '-map', '0:v', '-map', '1:a'], 'mp4')
  const audio = { sample_rate: 1, channels: 1, bitrate: 64 }
  const video = { quality: 'FLUENT', width: 96, height: 56, bitrate: 60 }
  const outputs = [
    { format: 'DASH_HLS', video, audio },
    { format: 'MP4', video, audio },
  ]
  const body = {
    name: 'all',
    type: 'custom_template_group',
    quality_info_list: outputs,
    common: { pvc: '0', hls_interval: 5 },
  }
  expect((await installation.tenant.call('POST', '/asset/template_group/transcodings', { body })).status).toBe(200)
  await installation.put('long.mp4', { file: source })
  await using worker = runTelecine(['worker'], installation.environment)
  const id = await installation.import('long.mp4', { templateGroup: 'all' })
  expect((await installation.settled(id, 3_600_000)).transcode_status).toBe('TRANSCODE_SUCCEED')
  const status = await readFile(`/proc/${worker.pid}/status`, 'utf8')
  const work = await installation.server.foundation.engine.workOf(id)
  expect(work.filter(({ kind }) => kind === 'join').map(({ state }) => state)).toEqual(['done'])

  const streams = await installation.streams(id)
  // The index, which leads to the sound, too.
  const url = (type: string) => streams.find(({ play_type }) => play_type === type)?.url ?? type
  const [picture, sound] = [await packetsOf(source, 'v'), await packetsOf(source, 'a')]
  for (const one of [url('HLS'), url('MP4')]) {
    const [made, heard] = [await packetsOf(one, 'v'), await packetsOf(one, 'a')]
    expect(made.count).toBe(picture.count)
    // A tick of rounding is no gap.
    expect(Math.max(made.gap, heard.gap)).toBeLessThan(0.0001)
    expect(Math.abs(made.begin - picture.begin)).toBeLessThan(0.001)
    expect(Math.abs(made.end - picture.end)).toBeLessThan(0.001)
    expect(driftOf(heard, sound)).toBeLessThan(MOST_DRIFT_SECONDS)
    // Beyond that, the encoder may fill the last packet up.
    expect(Math.abs(heard.end - sound.end)).toBeLessThan(1024 / 44_100 + 0.001)
  }
  const peakBytes = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
  console.log('peak', peakBytes)
  expect(peakBytes).toBeLessThan(MOST_PROCESS_BYTES)
})
