import { readdirSync } from 'node:fs'
import { extname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AUDIO_TYPES, VIDEO_TYPES } from '../../src/core/catalog/video-type.ts'
import { decoded } from '../journeys/decoded.ts'
import { type Installation, startInstallation } from '../support/installation.ts'

/** A folder of clips with quirks; every file of it goes through the whole pipeline. */
const FOLDER = process.env['TELECINE_TEST_MEDIA']
/** The clips may be long, and the machine slow. */
const PATIENCE_MS = 3_600_000
const NOT_MEDIA: ReadonlySet<string> = new Set(['.tsv', '.srt', '.md', '.txt'])
const files = FOLDER === undefined ? [] : readdirSync(FOLDER).filter((name) => !NOT_MEDIA.has(extname(name)))

const typeOf = (name: string): string => {
  const ending = extname(name).slice(1).toUpperCase()
  const known = ({ OPUS: 'OGG', PS: 'MPG' } as Readonly<Record<string, string>>)[ending] ?? ending
  return [...VIDEO_TYPES, ...AUDIO_TYPES].find((type) => type === known) ?? 'MP4'
}

describe.skipIf(FOLDER === undefined)('of the folder TELECINE_TEST_MEDIA', () => {
  let installation: Installation
  const report: string[] = []
  beforeAll(async () => {
    installation = await startInstallation()
  })
  afterAll(async () => {
    console.log(report.join('\n'))
    await installation[Symbol.asyncDispose]()
  })

  test.each(files)('%s ends, and what is offered of it plays', async (name) => {
    await installation.put(name, { file: join(FOLDER ?? '', name) })
    const id = await installation.import(name, { type: typeOf(name) })
    const end = await installation.settled(id, PATIENCE_MS)
    const [index, ...streams] = await installation.streams(id)
    const source = await decoded(join(FOLDER ?? '', name)).catch(() => ({ frames: 0 }))
    const sizes = streams.map(({ meta_data: { width, height } }) => `${width}x${height}`).join(' ')
    expect(end.asset_status).toMatch(/^(PUBLISHED|FAILED)$/)
    // Whatever is no usable source ends at the probe; what has passed that must come out.
    expect(end.transcode_status, end.exec_desc).toMatch(/^(UN_TRANSCODE|TRANSCODE_SUCCEED)$/)
    if (end.asset_status === 'FAILED') expect(end.exec_desc).toMatch(/failed: \S/)
    expect(index !== undefined).toBe(end.transcode_status === 'TRANSCODE_SUCCEED')
    const kind = sizes.startsWith('0x0') ? 'audio' : 'video'
    const tracks = await Promise.all(streams.map(({ url }) => decoded(url, kind)))
    const frames = `${tracks[0]?.frames ?? 0} frames of ${source.frames}`
    report.push(`${name} | ${end.asset_status} ${end.transcode_status} | ${end.exec_desc} | ${sizes} | ${frames}`)
    expect(new Set(tracks.map(({ frames }) => frames)).size).toBeLessThanOrEqual(1)
    if (!index || end.exec_desc.includes('Source damaged')) return
    // Picture and sound may end apart; the longer one is what was announced.
    const sound = await decoded(index.url, 'audio').catch(() => ({ seconds: 0 }))
    const seconds = Math.max(sound.seconds, ...tracks.map((track) => track.seconds))
    expect(Math.abs(seconds - end.duration_ms / 1000)).toBeLessThan(Math.max(0.5, end.duration_ms / 20_000))
  })
})
