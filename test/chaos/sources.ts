import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { ffmpeg } from '../support/ffmpeg.ts'
import { derive } from '../support/media.ts'
import { BUCKET, type Site } from './site.ts'

const RATE = 10
const ENCODED = [
  '-c:v',
  'libx264',
  '-preset',
  'ultrafast',
  '-pix_fmt',
  'yuv420p',
  '-g',
  '100',
  '-c:a',
  'aac',
  '-b:a',
  '32k',
]

/** Small pictures with a sound; as many frames as `frames` says. */
const picture = (size: string, seconds: number): Promise<string> =>
  derive(
    [
      ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${RATE}:duration=${seconds}`],
      ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=44100:duration=${seconds}`, ...ENCODED],
    ],
    'mp4',
  )

export const SHORT = { key: 'short.mp4', seconds: 3, frames: 3 * RATE } as const
/** Longer than what is encoded in one piece. */
export const LONG = { key: 'long.mp4', seconds: 130, frames: 130 * RATE } as const
/** Just not: its one encode takes a while. */
export const MINUTES = { key: 'minutes.mp4', seconds: 115 } as const
export const WRONG = { key: 'wrong.mp4' } as const
export const PLAYLIST = { key: 'show/index.m3u8', frames: SHORT.frames } as const

/** Puts them into the tenant's bucket. */
export const putSources = async ({ store }: Pick<Site, 'store'>): Promise<void> => {
  const put = (key: string, bytes: Uint8Array) =>
    store.put({ bucket: BUCKET, key }, bytes, { contentType: 'video/mp4' })
  const short = await picture('160x90', SHORT.seconds)
  await put(SHORT.key, await readFile(short))
  await put(LONG.key, await readFile(await picture('96x56', LONG.seconds)))
  await put(MINUTES.key, await readFile(await picture('640x360', MINUTES.seconds)))
  await put(WRONG.key, Buffer.from('This is not a film.\n'))
  const folder = await mkdtemp(join(tmpdir(), 'telecine-chaos-hls-'))
  const hls = [
    '-f',
    'hls',
    '-hls_time',
    '1',
    '-hls_playlist_type',
    'vod',
    '-hls_segment_filename',
    join(folder, '%03d.ts'),
  ]
  await ffmpeg('-v', 'error', '-i', short, ...ENCODED, ...hls, join(folder, basename(PLAYLIST.key)))
  for (const name of await readdir(folder))
    await put(`${dirname(PLAYLIST.key)}/${name}`, await readFile(join(folder, name)))
  await rm(folder, { recursive: true })
}
