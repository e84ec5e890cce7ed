import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MediaFailure } from '../../src/core/processing/ports.ts'
import { clip, derive } from '../support/media.ts'
import { never, Workbench } from './workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

const ultrafast = ['-c:v', 'libx264', '-preset', 'ultrafast', '-an']

describe('a probe finds', () => {
  test('an ordinary clip', async () => {
    const media = await bench.probe(await clip({ seconds: 2 }))
    expect(media).toMatchObject({
      container: 'mov,mp4,m4a,3gp,3g2,mj2',
      audioStreams: 1,
      video: {
        codec: 'h264',
        width: 320,
        height: 180,
        frameRate: 24,
        variableFrameRate: false,
        hdr: false,
        rotation: 0,
      },
      audio: { codec: 'aac', channels: 2, sampleRate: 48_000 },
    })
    expect(media.durationMs).toBeGreaterThan(1900)
    expect(media.durationMs).toBeLessThan(2200)
  })

  test('rotation, with the size as shown', async () => {
    const upright = await clip({ seconds: 1 })
    const turned = await derive(['-display_rotation', '90', '-i', upright, '-c', 'copy'], 'mp4')
    expect((await bench.probe(turned)).video).toMatchObject({
      ...{ rotation: 270, width: 180, height: 320, codedWidth: 320, codedHeight: 180 },
    })
  })

  test('pixels that are not square, with the size as shown', async () => {
    const file = await clip({ seconds: 1, args: ['-vf', 'scale=180:144,setsar=64/45', ...ultrafast] })
    expect((await bench.probe(file)).video).toMatchObject({
      anamorphic: true,
      width: 256,
      height: 144,
      codedWidth: 180,
    })
  })

  test('odd sizes', async () => {
    const file = await clip({ seconds: 1, args: ['-vf', 'scale=161:121,setsar=1,format=yuv444p', ...ultrafast] })
    expect((await bench.probe(file)).video).toMatchObject({ width: 161, height: 121 })
  })

  test('a variable frame rate', async () => {
    const drop = ['-vf', "scale=64:36,select='lt(n,24)+not(mod(n,5))'", '-fps_mode', 'vfr', ...ultrafast]
    expect((await bench.probe(await clip({ seconds: 3, args: drop }))).video).toMatchObject({ variableFrameRate: true })
  })

  test('interlacing', async () => {
    const interlaced = ['-vf', 'scale=320:240,tinterlace=4', '-c:v', 'mpeg2video', '-flags', '+ildct+ilme', '-an']
    const file = await clip({ seconds: 1, args: interlaced, extension: 'mpg' })
    expect(await bench.probe(file)).toMatchObject({ container: 'mpeg', video: { interlaced: true } })
  })

  test('HDR', async () => {
    expect((await bench.probe(await hdrClip())).video).toMatchObject({ hdr: true, pixelFormat: 'yuv420p10le' })
  })

  test('no sound', async () => {
    const media = await bench.probe(await clip({ seconds: 1, args: ['-vf', 'scale=64:36', ...ultrafast] }))
    expect(media.audio).toBeUndefined()
    expect(media.audioStreams).toBe(0)
  })

  test('nothing but sound', async () => {
    const media = await bench.probe(
      await clip({ seconds: 1, args: ['-vn', '-c:a', 'flac', '-ac', '1'], extension: 'flac' }),
    )
    expect(media).toMatchObject({ container: 'flac', audio: { codec: 'flac', channels: 1 } })
    expect(media.video).toBeUndefined()
  })

  test('an attached picture, which is no video', async () => {
    const media = await bench.probe(await songWithPicture())
    expect(media.video).toBeUndefined()
    expect(media.pictureStream).toBe(1)
  })

  test('the default one of several audio streams', async () => {
    const file = await clip({
      seconds: 1,
      args: [
        '-map',
        '0:a',
        '-map',
        '0:a',
        '-c:a',
        'aac',
        '-ac:a:0',
        '1',
        '-ac:a:1',
        '2',
        '-disposition:a:0',
        '0',
        '-disposition:a:1',
        'default',
      ],
      extension: 'mkv',
    })
    expect(await bench.probe(file)).toMatchObject({ audioStreams: 2, audio: { stream: 1, channels: 2 } })
  })

  test('the duration of a stream that does not say it', async () => {
    const args = ['-vf', 'scale=64:36', '-c:v', 'libvpx', '-deadline', 'realtime', '-an', '-f', 'webm', '-live', '1']
    const file = await clip({ seconds: 2, args, extension: 'webm' })
    const { durationMs } = await bench.probe(file)
    expect(durationMs).toBeGreaterThan(1800)
    expect(durationMs).toBeLessThan(2200)
  })
})

describe('a probe refuses', () => {
  const reasonFor = async (name: string, bytes: Uint8Array | string): Promise<string> => {
    const failure = await bench.tool.probe(await bench.putBytes(name, bytes), never).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(MediaFailure)
    if (!(failure instanceof MediaFailure)) throw failure
    expect(failure.permanent).toBe(true)
    return failure.reason
  }

  test('what holds no media, and says what it is', async () => {
    expect(await reasonFor('zero.mp4', '')).toBe('the file is empty')
    expect(await reasonFor('text.mp4', 'this is no video\n')).toContain('plain text')
    expect(await reasonFor('html.mp4', '<html><body>404 Not Found</body></html>')).toContain('web page')
    expect(await reasonFor('list.mp4', '#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n')).toContain('playlist')
    expect(await reasonFor('noise.mp4', Buffer.alloc(100_000, '\x07q\xfe\x00\x91', 'latin1'))).toContain('not a video')
  })

  test('a picture', async () => {
    const file = await clip({ seconds: 1, args: ['-frames:v', '1', '-vf', 'scale=64:36'], extension: 'jpg' })
    expect(await reasonFor('picture.mp4', await readFile(file))).toContain('JPEG picture')
  })

  test('an upload that broke off before the index', async () => {
    const whole = await readFile(await clip({ seconds: 2 }))
    expect(await reasonFor('cut.mp4', whole.subarray(0, whole.length / 2))).toBe(
      'the upload is incomplete: the file ends before its index (moov)',
    )
  })

  test('an upload that broke off behind the index', async () => {
    const whole = await readFile(
      await derive(['-i', await clip({ seconds: 2 }), '-c', 'copy', '-movflags', '+faststart'], 'mp4'),
    )
    expect(await reasonFor('cut.mp4', whole.subarray(0, whole.length - 20_000))).toContain('the file is cut off')
  })

  test('streams that are there but decode to nothing', async () => {
    const whole = await readFile(
      await clip({ seconds: 1, args: ['-vf', 'scale=64:36', '-c:v', 'libvpx-vp9', '-an'], extension: 'webm' }),
    )
    // Noise over all frames; the header in front stays.
    for (let at = 600; at < whole.length - 400; at++) whole[at] = (whole[at] ?? 0) ^ (at * 31)
    expect(await reasonFor('noise.webm', whole)).toMatch(/nothing in the file could be decoded|not a video/)
  })
})

const hdrClip = (): Promise<string> => {
  const tags = ['-color_trc', 'smpte2084', '-color_primaries', 'bt2020', '-colorspace', 'bt2020nc']
  const x265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error', '-tag:v', 'hvc1', '-an']
  return clip({ seconds: 1, args: ['-vf', 'scale=320:180,format=yuv420p10le', ...tags, ...x265] })
}

const songWithPicture = async (): Promise<string> => {
  const song = await clip({ seconds: 1, args: ['-vn', '-c:a', 'libmp3lame', '-ac', '2'], extension: 'mp3' })
  const picture = await clip({ seconds: 1, args: ['-frames:v', '1', '-vf', 'scale=300:200'], extension: 'png' })
  return derive(
    ['-i', song, '-i', picture, '-map', '0:a', '-map', '1:v', '-c', 'copy', '-disposition:v', 'attached_pic'],
    'mp3',
  )
}
