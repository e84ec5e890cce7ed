import { createReadStream } from 'node:fs'
import { expect, test } from 'vitest'
import { createParameterCheck } from '../../src/core/packaging/parameter-check.ts'
import { segmentTrack } from '../../src/core/packaging/segment-track.ts'
import { clip, derive } from '../support/media.ts'

const CODECS = [
  ['H.264', ['-c:v', 'libx264', '-g', '24', '-bf', '0']],
  ['H.265', ['-c:v', 'libx265', '-tag:v', 'hvc1', '-x265-params', 'log-level=error:keyint=24:bframes=0']],
] as const

/** When a broadcast changes, whose keyframes each bring their parameters: one part of this height behind another. */
const changesAt = async (codec: readonly string[], heights: readonly number[]): Promise<number | undefined> => {
  const parts = heights.map((height, n) => {
    const args = ['-an', '-vf', `scale=320:${height},setsar=1`, '-pix_fmt', 'yuv420p', ...codec, '-preset', 'ultrafast']
    return clip({ seconds: 2, args: [...args, '-output_ts_offset', String(2 * n)], extension: 'ts' })
  })
  const broadcast = `concat:${(await Promise.all(parts)).join('|')}`
  const fragmented = ['-f', 'mp4', '-movflags', '+frag_keyframe+delay_moov+default_base_moof']
  const tag = codec.includes('hvc1') ? ['-tag:v', 'hvc1'] : []
  const file = await derive(['-i', broadcast, '-c', 'copy', ...tag, ...fragmented], 'mp4')
  let check: ReturnType<typeof createParameterCheck> | undefined
  for await (const part of segmentTrack(createReadStream(file), { segmentSeconds: 5 })) {
    if (part.type === 'init') check = createParameterCheck(part)
    else {
      const at = check?.(part)
      if (at !== undefined) return at
    }
  }
  return undefined
}

test.each(CODECS)('%s is as it was where each keyframe tells the same again', async (_, codec) => {
  expect(await changesAt(codec, [180, 180])).toBeUndefined()
})

test.each(CODECS)(
  '%s changes with the picture that tells something else, in the middle of a segment, too',
  async (_, codec) => {
    expect(await changesAt(codec, [180, 192])).toBeCloseTo(2, 1)
  },
)
