import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { previewSubject } from '../../src/core/catalog/steps.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { inBrowser, withoutBrowser } from '../support/browser.ts'
import { someOf } from '../support/cases.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { derive } from '../support/media.ts'
import { openPlayers, type PlayerBrowser, type PlayerName } from '../support/players.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'

const SECONDS = 25
const film = (codec: readonly string[], extension: string) =>
  derive(
    [
      ...['-f', 'lavfi', '-i', `testsrc2=s=192x108:r=25:d=${SECONDS}`, '-f', 'lavfi', '-i', `sine=d=${SECONDS}`],
      ...codec,
    ],
    extension,
  )
const hevc = () =>
  film(
    [
      ...['-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le', '-g', '100'],
      ...['-x265-params', 'log-level=error', '-tag:v', 'hvc1', '-c:a', 'aac'],
    ],
    'mp4',
  )

// Transcodes are held back until a test lets them go: all that plays before is made for who asks for it.
let installation: Installation
beforeAll(async () => {
  installation = await startInstallation({ worker: 'none' })
  await sql`
    create function hold() returns trigger language plpgsql as
      'begin new.start_after := now() + interval ''1 day''; return new; end'
  `.execute(installation.server.foundation.db)
  await sql`create trigger hold before insert on pgboss.job for each row when (new.name = 'chunk') execute function hold()`.execute(
    installation.server.foundation.db,
  )
})
afterAll(() => installation[Symbol.asyncDispose]())

const release = async (): Promise<void> => {
  await sql`update pgboss.job set start_after = now() where name = 'chunk'`.execute(installation.server.foundation.db)
}

const urlOf = (id: AssetId, file: string): string => `${installation.server.url}/asset/${id}/play_video/${file}`
const statusOf = async (id: AssetId, file: string): Promise<number> => (await fetch(urlOf(id, file))).status
const linesOf = async (id: AssetId, file: string): Promise<readonly string[]> =>
  (await (await fetch(urlOf(id, file))).text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
const segments = async (id: AssetId): Promise<readonly string[]> =>
  (await installation.objects(id)).filter((key) => /_1\/\d{5}\.m4s$/.test(key)).map((key) => key.slice(-9, -4))

/** That are to be transcoded and never are. */
const others: AssetId[] = []
const make = async (...args: Parameters<Installation['import']>): Promise<AssetId> => {
  const id = await installation.import(...args)
  others.push(id)
  await until('it is there', async () => (await installation.listed(id)).asset_status === 'PUBLISHED')
  return id
}

let id: AssetId
test('while nobody makes it, players are told when to ask again', PATIENT, async () => {
  await installation.put('film.mp4', { file: await hevc() })
  id = await installation.import('film.mp4')
  const early = await fetch(urlOf(id, 'index.m3u8'))
  const headers = ['retry-after', 'cache-control'].map((name) => early.headers.get(name))
  expect([early.status, ...headers]).toEqual([503, '1', 'no-store'])
  const hidden = await installation.import('film.mp4', { publish: false })
  expect(await statusOf(hidden, 'index.m3u8')).toBe(404)
  installation.startWorker()
  await until('it is there', async () => (await installation.listed(id)).asset_status === 'PUBLISHED')
  const answer = await fetch(urlOf(id, 'index.m3u8'))
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-cache'])
})

test('only what is asked for is made, with what comes behind it', PATIENT, async () => {
  const [playlist = ''] = await linesOf(id, 'index.m3u8')
  const all = await linesOf(id, playlist)
  expect(all).toHaveLength(13)
  await until('the first piece is made', async () => (await segments(id)).length === 10)
  const late = await fetch(urlOf(id, all[11] ?? ''))
  expect([late.status, late.headers.get('content-type')]).toEqual([200, 'video/mp4'])
  await until('the last piece is made', async () => (await segments(id)).length === 12)
  expect((await segments(id)).slice(9, 11)).toEqual(['00009', '00011'])
})

test('FFmpeg gets every frame and the whole sound out of it, by both indexes', PATIENT, async () => {
  for (const index of ['index.m3u8', 'index.mpd']) {
    expect([index, (await decoded(urlOf(id, index))).frames]).toEqual([index, SECONDS * 25])
    expect((await decoded(urlOf(id, index), 'audio')).seconds).toBeCloseTo(SECONDS, 1)
  }
})

test('nobody has it who may not have the film', PATIENT, async () => {
  const [playlist = ''] = await linesOf(id, 'index.m3u8')
  const [first = ''] = await linesOf(id, playlist)
  const all = () => Promise.all(['index.m3u8', playlist, first].map((file) => statusOf(id, file)))
  expect(await all()).toEqual([200, 200, 200])
  const turn = (enabled: boolean) => installation.tenant.native('PUT', '/settings/source-playback', { enabled })
  await turn(false)
  expect(await all()).toEqual([404, 404, 404])
  await turn(true)
  const hidden = await installation.import('film.mp4', { publish: false })
  await until('it is there', async () => (await installation.listed(hidden)).asset_status === 'CREATED')
  expect(await statusOf(hidden, 'index.m3u8')).toBe(404)
  for (const wrong of [`${'a'.repeat(32)}_1/00000.m4s`, first.replace('00000', '00013'), first.replace('_1/', '_2/')]) {
    expect([wrong, await statusOf(id, wrong)]).toEqual([wrong, 404])
  }
})

test('of an encrypted asset all of it is sealed, and it plays with a token', PATIENT, async () => {
  const sealed = await make('film.mp4', { encrypt: true })
  const body = { asset_id: sealed, viewer: 'alice' }
  const { token } = await installation.tenant.native('POST', '/assets/play-tokens', body)
  expect((await decoded(urlOf(sealed, `index.m3u8?token=${token}`))).frames).toBe(SECONDS * 25)
  expect(await statusOf(sealed, 'index.mpd')).toBe(404)
  const [playlist = ''] = await linesOf(sealed, 'index.m3u8')
  const [first = ''] = await linesOf(sealed, playlist)
  expect(Buffer.from(await (await fetch(urlOf(sealed, first))).arrayBuffer()).includes('moof')).toBe(false)
  await installation.tenant.native('POST', '/assets/cancel', { asset_id: sealed })
  await installation.remove(sealed)
  expect(await installation.objects(sealed)).toEqual([])
  others.pop()
})

test('what cannot be decoded has none, and is not tried again for everyone who asks', PATIENT, async () => {
  const gone = await make('film.mp4')
  const { reader } = installation.server.foundation
  await until('it is probed', async () => (await reader.assetById(gone))?.media !== undefined)
  // Between the probe and the first viewer.
  const [source = ''] = (await installation.objects(gone)).filter((key) => key.endsWith('.mp4'))
  const { config, store } = installation.server.foundation
  await store.remove(config.vodBucket, [`${installation.tenant.projectId}/${gone}/${source}`])
  // Not when the wait is over, but as soon as it was given up.
  const { status, headers } = await fetch(urlOf(gone, 'index.m3u8'))
  expect([status, headers.get('cache-control')]).toEqual([404, 'no-store'])
  expect(await statusOf(gone, 'index.m3u8')).toBe(404)
  const tries = await sql<{ count: number }>`
    select count(*)::integer from engine.step where subject = ${previewSubject(gone)}
  `.execute(installation.server.foundation.db)
  expect(tries.rows).toEqual([{ count: 1 }])
})

test('what turns out to be no film has none, and nobody waits for it any longer', PATIENT, async () => {
  await installation.put('text.mp4', Buffer.from('this is no film'))
  const text = await installation.import('text.mp4')
  expect(await statusOf(text, 'index.m3u8')).toBe(404)
  expect((await installation.listed(text)).asset_status).toBe('FAILED')
})

test(
  'who only looks has nothing made, and a film whose outputs are to be encrypted has no clear preview',
  PATIENT,
  async () => {
    const other = await make('film.mp4')
    const { status } = await fetch(urlOf(other, 'index.m3u8'), { method: 'HEAD' })
    expect([status, await installation.server.foundation.engine.tasksOf(previewSubject(other))]).toEqual([503, []])
    const plain = await make('film.mp4', { templateGroup: '' })
    await installation.tenant.call('POST', '/asset/process', {
      body: { asset_id: plain, template_group_name: 'system_template_group', auto_encrypt: 1 },
    })
    expect(await statusOf(plain, 'index.m3u8')).toBe(404)
  },
)

describe.skipIf(withoutBrowser)(inBrowser('a film that has to be encoded plays'), () => {
  let players: PlayerBrowser
  beforeAll(async () => {
    players = await openPlayers()
  })
  afterAll(() => players[Symbol.asyncDispose]())

  test.for<[PlayerName, string]>(
    someOf([
      ['hls.js', 'm3u8'],
      ['dash.js', 'mpd'],
      ['Shaka', 'm3u8'],
    ]),
  )('in %s by its %s, from where one seeks to', PATIENT, async ([name, ending]) => {
    const other = await make('film.mp4')
    await using page = await players.open(name, urlOf(other, `index.${ending}`))
    const played = await page.play(SECONDS - 4)
    expect(played).toMatchObject({ errors: [], ended: true, width: 192, height: 108 })
    expect(played.duration).toBeCloseTo(SECONDS, 0)
    expect(played.soundBytes).toBeGreaterThan(1_000)
  })

  test(
    'on the watch page, and goes on when its renditions are there; older players have it, too',
    PATIENT,
    async () => {
      const other = await make('film.mp4')
      await using page = await players.browser.newPage()
      const ask = <T>(expression: string) => page.evaluate(expression) as Promise<T>
      await page.goto(`${installation.server.url}/watch/${other}`)
      await until('it is shown', () => ask<boolean>(`document.querySelector('video').videoHeight === 108`))
      const [playlist = ''] = await linesOf(other, 'index.m3u8')
      const all = await linesOf(other, playlist)
      for (const one of [id, ...others]) {
        if (one !== other) await installation.tenant.native('POST', '/assets/cancel', { asset_id: one })
      }
      await release()
      await installation.settled(other)
      await until('renditions are shown', () => ask<boolean>(`/_0[.]m3u8$/.test(telecinePlayer.levels[0]?.url[0])`))
      expect((await linesOf(other, 'index.m3u8')).includes(playlist)).toBe(false)
      // What was made, and what was not yet.
      expect(await Promise.all([all[0], all[11]].map((file) => statusOf(other, file ?? '')))).toEqual([200, 200])
      await sql`update asset set retired_runs = '[]' where id = ${other}`.execute(installation.server.foundation.db)
      await installation.hurry()
      await until(
        'the preview is swept',
        async () => !(await installation.objects(other)).some((key) => key.includes(playlist.slice(0, 32))),
      )
      expect(await statusOf(other, all[0] ?? '')).toBe(404)
    },
  )
})

test('none of it is worth a warning', () => {
  expect(installation.server.warnings).toEqual([])
})
