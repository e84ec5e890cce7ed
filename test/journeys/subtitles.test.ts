import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { pictures, srt, subtitledClip } from '../support/subtitles.ts'
import { PATIENT, until } from '../support/until.ts'

// One film on its way: subtitles of its own, others that are added, changed and removed, and a second transcode.
const SECONDS = 4
const LARGE = ['-vf', 'scale=480:270,setsar=1', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-ac', '2']
let installation: Installation
let id: AssetId
beforeAll(async () => {
  installation = await startInstallation()
  const tracks = [
    { text: srt('own', 3), extension: 'srt', codec: 'subrip', language: 'eng' } as const,
    pictures,
    { text: 'WEBVTT\n\n00:01.000 --> 00:02.000\n', extension: 'vtt', codec: 'subrip', language: 'fre' } as const,
  ]
  const film = await subtitledClip(tracks, { seconds: SECONDS, extension: 'mkv', args: LARGE })
  await installation.put('film.mkv', { file: film })
  await template('streams', [
    { quality: 'SD', width: 480, height: 270, bitrate: 300 },
    { quality: 'FLUENT', width: 320, height: 180, bitrate: 200 },
  ])
  id = await installation.import('film.mkv', { type: 'MKV', templateGroup: 'streams' })
  await installation.settled(id)
}, 240_000)
afterAll(() => installation[Symbol.asyncDispose]())

const template = async (name: string, videos: readonly object[]) => {
  const audio = { sample_rate: 1, channels: 2, bitrate: 64 }
  const quality_info_list = videos.map((video) => ({ format: 'DASH_HLS', video, audio }))
  const body = { name, type: 'custom_template_group', quality_info_list, common: { pvc: '0', hls_interval: 2 } }
  const path = '/asset/template_group/transcodings'
  expect((await installation.tenant.call('POST', path, { body })).status).toBe(200)
}

const play = (file: string, asset = id) => `${installation.server.url}/asset/${asset}/play_video/${file}`
const text = async (url: string): Promise<string> => {
  const answer = await fetch(url)
  expect(answer.status).toBe(200)
  return answer.text()
}
const master = () => text(play('index.m3u8'))
const manifest = () => text(play('index.mpd'))
const inMaster = async () =>
  [...(await master()).matchAll(/TYPE=SUBTITLES.*?(LANGUAGE="[^"]*",)?NAME="([^"]*)",DEFAULT=(\w+)/g)].map(
    ([, , name, isDefault]) => `${name} ${isDefault}`,
  )
const inManifest = async () =>
  [...(await manifest()).matchAll(/mimeType="text\/vtt" lang="([^"]*)"/g)].map(([, lang]) => lang)

const listed = async (asset = id): Promise<readonly Record<string, unknown>[]> => {
  const { body } = await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${asset}` })
  return Object(body).base_info.subtitle_info
}
const textsOf = async (language: string, type = 'VTT') => {
  const one = (await listed()).find((each) => each['language'] === language && each['type'] === type)
  return text(String(one?.['url']))
}

const modify = async (more: object, asset = id) => {
  const body = { asset_id: asset, ...more }
  const { status } = await installation.tenant.call('PUT', '/asset/subtitles', { version: 'v1', body })
  expect(status).toBe(202)
  await installation.settled(asset)
}
const added = (language: string, object: string, type = 'SRT') => ({
  ...{ language, type, obs_info: { bucket: BUCKET, object } },
})

describe('the tracks of a source', () => {
  test('are listed, and what cannot become text is named; the film is none the worse', PATIENT, async () => {
    expect(await listed()).toEqual([
      { id: 1, type: 'VTT', language: 'en', url: expect.stringMatching(/\/play_video\/[0-9a-f]{32}_subtitle\.vtt$/) },
    ])
    const row = await installation.listed(id)
    expect(row).toMatchObject({ transcode_status: 'TRANSCODE_SUCCEED', subtitle_repackage_status: 'UN_REPACKAGE' })
    expect(row.exec_desc).toContain('Left out: subtitles of stream 3 (hdmv_pgs_subtitle, de), which are pictures')
    expect(row.exec_desc).toContain('Left out: subtitles of stream 4 (subrip, fr), which has no cue with a text')
  })
  test('are in both indexes, beside every quality', PATIENT, async () => {
    expect([await inMaster(), await inManifest()]).toEqual([['English NO'], ['en']])
    expect((await master()).match(/SUBTITLES="subtitles"/g)).toHaveLength(2)
    expect(await textsOf('en')).toMatch(/^WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n/)
  })
  test('are read by FFmpeg as a rendition of HLS, at their times', PATIENT, async () => {
    const [, uri = ''] = /TYPE=SUBTITLES.*URI="([^"]+)"/.exec(await master()) ?? []
    const playlist = await text(play(uri))
    expect(playlist).toMatch(/#EXT-X-TARGETDURATION:4\n/)
    expect(playlist).toMatch(/#EXTINF:4\.\d{3},\n[0-9a-f]{32}_subtitle\.vtt\n#EXT-X-ENDLIST/)
    // FFmpeg finds no subtitles in a master playlist, whoever wrote it.
    const { stdout } = await ffmpeg('-v', 'error', '-i', play(uri), '-map', '0:s:0', '-f', 'srt', '-')
    expect(stdout).toMatch(/00:00:01,0\d\d --> 00:00:01,5\d\d\r?\nown 1/)
    expect(stdout.match(/own \d/g)).toHaveLength(3)
  })
})

describe('a call', () => {
  test('adds files of a bucket, in GB18030 too, without an encode', PATIENT, async () => {
    const before = await installation.streams(id)
    const objects = await installation.objects(id)
    // 你好 in GB18030.
    const gb = Buffer.concat([Buffer.from('1\n00:00:01,000 --> 00:00:02,000\n'), Buffer.from('c4e3bac30a', 'hex')])
    await installation.put('zh.srt', gb)
    await installation.put(
      'fr.vtt',
      Buffer.from('WEBVTT\n\n00:01.000 --> 00:02.000 line:0\n<i>salut</i> <script>x</script>\n'),
    )
    await modify({ add_subtitles: [added('zh-cn', 'zh.srt'), added('fr', 'fr.vtt', 'VTT')], default_language: 'fr' })
    expect(await inMaster()).toEqual(['English NO', '中文（中国） NO', 'français YES'])
    expect(await inManifest()).toEqual(['en', 'zh-CN', 'fr'])
    expect(await textsOf('zh-CN', 'SRT')).toContain('\n你好\n')
    expect(await textsOf('fr')).toContain('00:00:01.000 --> 00:00:02.000 line:0\n<i>salut</i> x\n')
    expect(await installation.streams(id)).toEqual(before)
    const rest = new Set(objects)
    expect(
      (await installation.objects(id)).filter((key) => !rest.has(key) && !/_subtitle\.(vtt|m3u8)$/.test(key)),
    ).toEqual([])
    expect(await installation.listed(id)).toMatchObject({ subtitle_repackage_status: 'REPACKAGE_SUCCEED' })
  })
  test(
    'replaces one of the same language and type, at another address; static hosts have it too',
    PATIENT,
    async () => {
      const [old] = (await listed()).filter(({ language }) => language === 'fr')
      await installation.put('fr.vtt', Buffer.from('WEBVTT\n\n00:01.000 --> 00:02.000\nbonjour\n'))
      await modify({ add_subtitles: [added('fr', 'fr.vtt', 'VTT')] })
      expect(await inMaster()).toEqual(['English NO', '中文（中国） NO', 'français YES'])
      expect(await textsOf('fr')).toContain('bonjour')
      expect((await fetch(String(old?.['url']))).status).toBe(404)
      const { store, config } = installation.server.foundation
      const key = `${installation.tenant.projectId}/${id}/play_video/index.m3u8`
      const chunks = await Array.fromAsync(await store.read({ bucket: config.vodBucket, key }))
      expect(
        Buffer.concat(chunks)
          .toString()
          .match(/TYPE=SUBTITLES/g),
      ).toHaveLength(3)
    },
  )
  test(
    'changes what is there only where its modes say so; a transcode then shows what the asset has',
    PATIENT,
    async () => {
      await installation.put('de.srt', Buffer.from(srt('hallo', 2)))
      await modify({ add_subtitles: [added('de', 'de.srt')], repackage_mode: '1' })
      await modify({ delete_subtitles: [{ type: 'VTT', language: 'fr' }], delete_mode: '1' })
      expect((await listed()).map(({ language }) => language)).toEqual(['en', 'zh-CN', 'de'])
      expect(await inMaster()).toEqual(['English NO', '中文（中国） NO', 'français YES'])
      await template('other', [{ quality: 'SD', width: 480, height: 270, bitrate: 300 }])
      const body = { asset_id: id, template_group_name: 'other' }
      expect((await installation.tenant.call('POST', '/asset/process', { body })).status).toBe(202)
      await installation.settled(id)
      expect(await inMaster()).toEqual(['English NO', '中文（中国） NO', 'Deutsch NO'])
      expect((await listed()).map(({ id: number }) => number)).toEqual([1, 2, 5])
    },
  )
  test(
    'survives a change of encryption; subtitles stay clear, and play with the token of their playlist',
    PATIENT,
    async () => {
      await installation.tenant.native('PUT', '/assets/encryption', { asset_id: id, enabled: true })
      await installation.settled(id)
      const token = Object(
        await installation.tenant.native('POST', '/assets/play-tokens', { asset_id: id, viewer: 'a' }),
      ).token
      const index = await text(`${play('index.m3u8')}?token=${token}`)
      const [, uri = ''] = /TYPE=SUBTITLES.*URI="([^"]+)"/.exec(index) ?? []
      expect(uri).toContain('.m3u8?token=')
      expect(await text(play(uri))).not.toContain('EXT-X-KEY')
      expect(await textsOf('en')).toContain('own 1')
    },
  )
  test(
    'whose file changes before it is read again leaves everything as it was, and the asset says so',
    PATIENT,
    async () => {
      const { transactions } = installation.server.foundation
      const before = await listed()
      await transactions.write(async (tx) => {
        const asset = await tx.lockAsset(id)
        if (!asset?.subtitles) throw new Error('the asset has subtitles')
        const object = { bucket: BUCKET, key: 'de.srt', sizeBytes: 1, etag: 'older' }
        const add = [{ type: 'SRT', language: 'it', object } as const]
        const change = { type: 'edit', add, remove: [], attaches: true, detaches: true } as const
        await tx.updateAsset(id, { subtitles: { ...asset.subtitles, change } })
        await tx.record(id, { type: 'subtitles_requested' })
      })
      const row = await installation.settled(id)
      expect(row).toMatchObject({ subtitle_repackage_status: 'REPACKAGE_FAILED' })
      expect(row.exec_desc).toContain('Subtitles: de.srt was changed or removed after the call')
      expect(await listed()).toEqual(before)
    },
  )
})

test(
  'when its outputs are deleted, the asset keeps what it lists, and nothing that only they showed',
  PATIENT,
  async () => {
    await modify({ delete_subtitles: [{ type: 'SRT', language: 'de' }], delete_mode: '1' })
    const files = async () => (await installation.objects(id)).filter((key) => key.includes('_subtitle.'))
    await until('three are there', async () => (await files()).length === 6)
    const group_id = (await installation.server.foundation.reader.assetById(id))?.templateGroupId
    const body = { asset_id: id, delete_type: 'GROUP', delete_infos: [{ group_id }] }
    const answer = await installation.tenant.call('DELETE', '/asset/transcode-product', { version: 'v1', body })
    expect(answer.text).toContain('SUCCESS')
    await until('what they alone showed is gone', async () => (await files()).length === 4)
    expect((await listed()).map(({ language }) => language)).toEqual(['en', 'zh-CN'])
    expect(await textsOf('en')).toContain('own 1')
  },
)

test('of an asset that is deleted nothing is left', PATIENT, async () => {
  const url = String((await listed())[0]?.['url'])
  await installation.tenant.call('DELETE', '/asset', { query: `asset_id=${id}` })
  expect((await fetch(url)).status).toBe(404)
  await until('its folder is empty', async () => (await installation.objects(id)).length === 0)
})
