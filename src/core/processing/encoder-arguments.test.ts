import { describe, expect, test } from 'vitest'
import type { SourceVideo } from '../catalog/media.ts'
import { SYSTEM_SETTINGS } from '../templates/system-groups.ts'
import { encoderArguments, soundArguments } from './encoder-arguments.ts'
import { planEncode } from './ladder.ts'
import { comparisonGraph, stillFilters, videoGraph } from './video-graph.ts'

const source = (more: Partial<SourceVideo> = {}): SourceVideo => ({
  ...{ stream: 3, codec: 'h264', width: 1920, height: 1080, codedWidth: 1920, codedHeight: 1080 },
  ...{ anamorphic: false, rotation: 0, frameRate: 25, variableFrameRate: false, interlaced: false, hdr: false },
  ...{ pixelFormat: 'yuv420p', ...more },
})

const planOf = (more: Partial<SourceVideo> = {}) =>
  planEncode(
    {
      ...{ container: 'mov', durationMs: 9000, bitRateKbps: 5000, video: source(more), audioStreams: 1 },
      audio: { stream: 5, codec: 'aac', channels: 6, sampleRate: 48_000 },
    },
    SYSTEM_SETTINGS,
  )

const targets = ['pipe:3', 'pipe:4', 'pipe:5', 'pipe:6', 'pipe:7']
const argumentsOf = (more: Partial<SourceVideo> = {}, processors = 2) =>
  encoderArguments(planOf(more), { soundInput: 0, processors, targets }).join(' ')

describe('the graph of filters', () => {
  test('scales each rung from the one above and gives all of them one exact shape', () => {
    expect(videoGraph(planOf())).toBe(
      [
        '[0:3]scale=1920:1080:flags=lanczos,setsar=1,format=yuv420p,split=2[v0][x0]',
        '[x0]zscale=1280:720:filter=lanczos,setsar=1/1:max=100000000,split=2[v1][x1]',
        '[x1]zscale=854:480:filter=lanczos,setsar=1280/1281:max=100000000,split=2[v2][x2]',
        '[x2]zscale=480:270:filter=lanczos,setsar=1/1:max=100000000[v3]',
      ].join(';'),
    )
  })

  test('deinterlaces, caps and maps tones only where needed', () => {
    expect(videoGraph(planOf())).not.toMatch(/bwdif|tonemap|select|framestep/)
    expect(videoGraph(planOf({ interlaced: true }))).toContain('[0:3]bwdif=mode=send_frame:deint=interlaced,scale')
    expect(videoGraph(planOf({ hdr: true }))).toContain('flags=lanczos,zscale=')
    expect(videoGraph(planOf({ variableFrameRate: true }))).toContain("select='isnan(prev_selected_t)")
    expect(videoGraph(planOf({ frameRate: 120 }))).toContain('[0:3]framestep=2,scale')
  })

  test('joins the spans of a plan before anything else', () => {
    const spans = [2, 7].map((startSeconds) => ({ startSeconds, seconds: 2 }))
    expect(videoGraph({ ...planOf(), spans })).toMatch(/^\[0:3\]\[1:3\]concat=n=2,split=1\[s0\];\[s0\]scale=1920:1080/)
  })

  test('compares two frames a second of a rung and its source on a screen of 1080p', () => {
    const plan = planOf({ width: 3840, height: 2160 })
    const [rung] = plan.rungs
    expect(rung && comparisonGraph(plan, rung)).toBe(
      [
        "[0:3]select='between(mod(n,13),6,7)',scale=1920:1080:flags=lanczos,setsar=1,format=yuv420p,setpts=N/TB[source]",
        "[1:v:0]select='between(mod(n,13),6,7)',scale=1920:1080:flags=bicubic,setsar=1,format=yuv420p,setpts=N/TB[encoded]",
        '[encoded][source]libvmaf=n_subsample=2',
      ].join(';'),
    )
  })

  test('keeps a still within 1920 pixels', () => {
    expect(stillFilters(source({ width: 7680, height: 4320 }))).toContain('scale=1920:1080:flags=lanczos')
    expect(stillFilters(source({ width: 161, height: 121 }))).toContain('scale=161:121:flags=lanczos')
  })
})

describe('the arguments of the encoder', () => {
  test('force closed keyframes onto the grid, in frames and in time', () => {
    expect(argumentsOf()).toContain('-g 125 -keyint_min 13 -sc_threshold 40')
    expect(argumentsOf()).toContain('-force_key_frames expr:gte(t,n_forced*5-0.000001)')
  })

  test('leave each frame its own time', () => {
    expect(argumentsOf()).toContain('-fps_mode vfr -enc_time_base 1:90000')
  })

  test('announce a variable rate as its cap', () => {
    expect(argumentsOf()).not.toContain('fps=')
    expect(argumentsOf({ variableFrameRate: true, frameRate: 7.2 }).match(/-x264-params \S*fps=60 /g)).toHaveLength(4)
  })

  test('bound rate and buffer, and use the effort of each rung', () => {
    const all = argumentsOf()
    expect(all).toContain('-b:v 3000k -maxrate 4500k -bufsize 6000k')
    expect(all.match(/-preset superfast/g)).toHaveLength(2)
    expect(all.match(/-preset veryfast/g)).toHaveLength(2)
  })

  test('leave a rung its peaks where it takes fewer bits on average', () => {
    const plan = planOf()
    const sparing = { averageKbps: 2200, effort: 'faster' } as const
    const rungs = plan.rungs.map((rung, n) => (n === 0 ? { ...rung, ...sparing } : rung))
    const all = encoderArguments({ ...plan, rungs }, { soundInput: 0, processors: 2, targets }).join(' ')
    expect(all).toContain('-b:v 2200k -maxrate 4500k -bufsize 6000k')
    expect(all).toContain('-preset faster')
  })

  test('share out the processors', () => {
    expect(argumentsOf({}, 2).match(/-threads 1 /g)).toHaveLength(4)
    expect(argumentsOf({}, 8).match(/-threads 4 /g)).toHaveLength(2)
  })

  test('decode the audio stream that was probed into the form of the sound', () => {
    const audio = argumentsOf().split('-map 0:5 ')[1] ?? ''
    expect(audio).toContain('-c:a pcm_f32le -ac 2 -ar 48000 ')
    expect(audio.endsWith('-f nut pipe:7')).toBe(true)
  })

  test('encode the sound without the source’s own words', () => {
    const audio = soundArguments(planOf(), ['pipe:3']).join(' ')
    expect(audio).toContain('-c:a aac -b:a 128k -ac 2 -ar 48000 -map_metadata -1 -map_chapters -1 -sn -dn')
    expect(audio.endsWith('-frag_duration 1000000 pipe:3')).toBe(true)
  })
})
