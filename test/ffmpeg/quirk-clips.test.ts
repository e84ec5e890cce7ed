import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SourceMedia } from '../../src/core/catalog/media.ts'
import { MediaFailure } from '../../src/core/processing/ports.ts'
import { never, Workbench } from './workbench.ts'

/** Real clips, each with a quirk; not part of the project. The derived ones in the other files cover the same ground. */
const FOLDER = process.env['TELECINE_TEST_MEDIA']

type Expected = string | { readonly [Field in keyof SourceMedia]?: unknown }

const EXPECTED: Readonly<Record<string, Expected>> = {
  'bbb_176x144_128kbps_15fps_h263.3gp': { video: { codec: 'h263', width: 176, anamorphic: false } },
  'bbb_800x640_768kbps_30fps_avc_pyramid_3b.mp4': { video: { width: 1138, height: 640, anamorphic: true } },
  'bbb_derived_576i_mpeg2.mpg': { video: { width: 1024, height: 576, interlaced: true } },
  'bbb_derived_interlaced_h264.ts': { video: { interlaced: true, frameRate: 30 } },
  'bear-id3.mp3': { pictureStream: 1, audio: { codec: 'mp3' } },
  'bear_with_picture.flac': { pictureStream: 1, audio: { codec: 'flac' } },
  'dolbyVision-hdr.MOV': { video: { hdr: true, rotation: 90, width: 720, height: 1280 } },
  'evil_hls.mp4': 'the file is a playlist',
  'hdr10-video-with-sdr-container.mp4': { video: { hdr: true } },
  'html.mp4': 'the file is a web page',
  'invalid-bitstream.webm': 'nothing in the file could be decoded (video vp9)',
  'multiple-aac-tracks.mp4': { audioStreams: 2, audio: { stream: 0, channels: 6 } },
  'rotate-buck-bunny.mp4': { video: { rotation: 90, width: 1080, height: 1920 } },
  'sample.flv': { video: { frameRate: 30, variableFrameRate: false } },
  'sample_12_5fps_720p_1s.mp4': { video: { stream: 1, frameRate: 12.5 }, audio: { stream: 0 } },
  'sample_fragmented.mp4': { durationMs: 1070 },
  'sample_with_dts.mkv': { audio: { codec: 'dts', channels: 6 } },
  'subtitle_gb18030.srt': 'the file is plain text',
  'text.mp4': 'the file is plain text',
  'trunc_moovend.mp4': 'the upload is incomplete',
  'zero.mp4': 'the file is empty',
}

const probed = async (bench: Workbench, name: string): Promise<SourceMedia | MediaFailure> => {
  const bytes = await readFile(join(FOLDER ?? '', name))
  return bench.tool.probe(await bench.putBytes(name, bytes), never).catch((error: unknown) => {
    if (error instanceof MediaFailure) return error
    throw error
  })
}

describe.skipIf(FOLDER === undefined)('the clips of TELECINE_TEST_MEDIA', () => {
  let bench: Workbench
  beforeAll(async () => {
    bench = await Workbench.open()
  })
  afterAll(() => bench[Symbol.asyncDispose]())

  test.each(Object.entries(EXPECTED))('%s', async (name, expected) => {
    const found = await probed(bench, name)
    if (typeof expected === 'string') {
      expect(found).toMatchObject({ reason: expect.stringContaining(expected), permanent: true })
    } else {
      expect(found).toMatchObject(expected)
    }
  })

  test('give nothing but media or a plain reason', async () => {
    for (const name of await readdir(FOLDER ?? '')) {
      const found = await probed(bench, name)
      if (found instanceof MediaFailure) expect(found.reason).not.toMatch(/\/|http|0x/)
      else expect(found.durationMs).toBeGreaterThan(0)
    }
  })
})
