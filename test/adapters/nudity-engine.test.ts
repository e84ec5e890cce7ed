import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { nudityEngine } from '../../src/adapters/moderation/nudity-engine.ts'
import type { SceneScores } from '../../src/core/catalog/review.ts'
import { suggestForPicture } from '../../src/core/review/verdicts.ts'
import type { AssetId, ProjectId } from '../../src/core/shared/ids.ts'
import { SuspectFailure } from '../../src/core/shared/task.ts'
import { ffmpegPath } from '../support/ffmpeg.ts'
import { bigBuckBunny } from '../support/media.ts'

const asset = { id: 'a'.repeat(32) as AssetId, projectId: 'b'.repeat(32) as ProjectId }
const request = { asset, scenes: ['porn'], signal: new AbortController().signal } as const

let rabbit: Uint8Array
let skin: Uint8Array
beforeAll(async () => {
  rabbit = await picture('-ss', '10', '-i', bigBuckBunny())
  skin = await picture('-f', 'lavfi', '-i', 'color=0xe0ac90:s=640x360')
})

const picture = async (...input: readonly string[]): Promise<Uint8Array> => {
  const output = ['-frames:v', '1', '-vf', 'scale=480:-2', '-c:v', 'mjpeg', '-f', 'image2pipe', '-']
  const run = promisify(execFile)
  const { stdout } = await run(await ffmpegPath(), ['-v', 'error', ...input, ...output], { encoding: 'buffer' })
  return stdout
}

test('sees what is in a picture, the likeliest first, and all labels together are certain', async () => {
  await using look = await nudityEngine.open(request.signal)
  const seen = await look.look(
    [rabbit, skin].map((jpeg, offset) => ({ offset, jpeg })),
    request,
  )
  for (const { porn = [] } of seen) {
    expect(porn.map(({ label }) => label).toSorted()).toEqual(['normal', 'porn', 'sexy'])
    expect(porn[0]?.label).toBe('normal')
    expect(porn.reduce((sum, { confidence }) => sum + confidence, 0)).toBeCloseTo(1, 3)
  }
  const at = (porn: number) =>
    seen.map((one) => suggestForPicture(one, { thresholds: { porn, terrorism: 0, politics: 0 } }))
  expect([at(80), at(15), at(5), at(0.001)]).toEqual([
    ...[
      ['pass', 'pass'],
      ['pass', 'review'],
      ['pass', 'block'],
      ['block', 'block'],
    ],
  ])
})

test('sees the same in a picture among others as in one alone', async () => {
  await using look = await nudityEngine.open(request.signal)
  const together = await look.look(
    [rabbit, skin, rabbit].map((jpeg, offset) => ({ offset, jpeg })),
    request,
  )
  const alone = [
    ...(await look.look([{ offset: 0, jpeg: rabbit }], request)),
    ...(await look.look([{ offset: 0, jpeg: skin }], request)),
  ]
  const rounded = ({ porn = [] }: SceneScores) => porn.map(({ label, confidence }) => [label, confidence.toFixed(4)])
  expect(together.map(rounded)).toEqual([alone[0], alone[1], alone[0]].map((one) => rounded(one ?? {})))
  expect(rounded(alone[0] ?? {})).not.toEqual(rounded(alone[1] ?? {}))
})

test('says of what is no picture that it cannot say, and goes on with the next one', async () => {
  await using look = await nudityEngine.open(request.signal)
  const broken = look.look([{ offset: 0, jpeg: Buffer.from('no picture') }], request)
  await expect(broken).rejects.toThrow(
    new SuspectFailure('a picture cannot be looked at: it is no JPEG that can be decoded'),
  )
  expect(await look.look([{ offset: 0, jpeg: rabbit }], request)).toHaveLength(1)
})

test('ends with the review', async () => {
  const ending = new AbortController()
  const look = await nudityEngine.open(request.signal)
  const looking = look.look([{ offset: 0, jpeg: rabbit }], { ...request, signal: ending.signal })
  ending.abort(new Error('cancelled'))
  await expect(looking).rejects.toThrow('cancelled')
  await look[Symbol.asyncDispose]()
  await expect(look.look([{ offset: 0, jpeg: rabbit }], request)).rejects.toThrow(SuspectFailure)
})
