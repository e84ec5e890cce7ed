import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomId } from '../../src/adapters/random-id.ts'
import { callOperation, outcomeOf } from './asset-fixtures.ts'
import { type ContractServer, startContractServer, type Tenant } from './support.ts'
import { everything, GROUP, systemReview } from './workflow-fixtures.ts'

let server: ContractServer
let tenant: Tenant
let review: string
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
  review = await systemReview(tenant)
})
afterAll(() => server[Symbol.asyncDispose]())

const make = (body: object, by = tenant) => by.native('POST', '/workflows', body)
const update = (body: object, by = tenant) => by.native('PUT', '/workflows', body)
const all = async (query = '', by = tenant): Promise<readonly Record<string, unknown>[]> =>
  Object((await by.native('GET', `/workflows${query}`))['workflows'])
const remove = (id: unknown, by = tenant) => by.native('DELETE', `/workflows?workflow_id=${id}`)

describe('workflows', () => {
  test('are made, listed, found, changed and deleted', async () => {
    const project = await server.addProject('studio')
    const tasks = { ...everything(review), review: { template_id: await systemReview(project) } }
    const one = await make({ name: '成片 流程', tasks }, project)
    expect(one).toEqual({ workflow_id: expect.stringMatching(/^[0-9a-f]{32}$/), name: '成片 流程', tasks })
    const thumbnail = { type: 'dots', dots: [3, 1], time: 0 }
    const two = await make({ name: 'two', tasks: { thumbnail } }, project)
    expect(two['tasks']).toEqual({
      thumbnail: { type: 'dots', dots: [3, 1], cover_position: 1, format: 1, aspect_ratio: 0 },
    })
    expect(await all('', project)).toEqual([one, two])
    expect(await all(`?name=${encodeURIComponent('成片 流程')}`, project)).toEqual([one])
    expect(await all(`?workflow_id=${two['workflow_id']}`, project)).toEqual([two])
    expect(await all(`?workflow_id=${two['workflow_id']}&name=one`, project)).toEqual([])

    const renamed = await update({ workflow_id: two['workflow_id'], name: 'second' }, project)
    expect(renamed).toEqual({ ...two, name: 'second' })
    const sound = { extract_audio: { format: 'AAC' } }
    expect(await update({ workflow_id: two['workflow_id'], tasks: sound }, project)).toEqual({
      ...{ ...renamed, tasks: sound },
    })
    await remove(one['workflow_id'], project)
    expect(await outcomeOf(remove(one['workflow_id'], project))).toBe('404 TELECINE.0404')
    expect(await outcomeOf(update({ workflow_id: one['workflow_id'], name: 'x' }, project))).toBe('404 TELECINE.0404')
    expect((await all('', project)).map(({ name }) => name)).toEqual(['second'])
  })

  test('have names unlike each other in a project, and do not exist for another', async () => {
    const project = await server.addProject('twins')
    const tasks = { extract_audio: { format: 'MP3' } }
    const one = await make({ name: 'one', tasks }, project)
    const two = await make({ name: 'two', tasks }, project)
    expect(await outcomeOf(make({ name: 'one', tasks }, project))).toBe('409 TELECINE.0409')
    expect(await outcomeOf(update({ workflow_id: two['workflow_id'], name: 'one' }, project))).toBe('409 TELECINE.0409')
    expect(await outcomeOf(make({ name: 'one', tasks }))).toBe('accepted')
    expect(await outcomeOf(update({ workflow_id: one['workflow_id'], name: 'mine' }))).toBe('404 TELECINE.0404')
    expect(await outcomeOf(remove(one['workflow_id']))).toBe('404 TELECINE.0404')
    expect(await all(`?workflow_id=${one['workflow_id']}`)).toEqual([])
    expect(await all('', project)).toEqual([one, two])
  })

  test('follow a template group to its new name, and only theirs', async () => {
    const [mine, theirs] = [await server.addProject('renaming'), await server.addProject('bystander')]
    const video = { quality: 'SD', width: 854, height: 480, bitrate: 0, frame_rate: 1 }
    const common = { hls_interval: 5, video_codec: 'H264', audio_codec: 'AAC', pvc: '0' }
    const group = { name: 'old', type: 'custom_template_group', quality_info_list: [{ format: 'HLS', video }], common }
    const tasks = { transcode: { template_group_name: 'old' }, extract_audio: { format: 'MP3' } }
    const ids = []
    for (const project of [mine, theirs]) {
      ids.push((await callOperation(project, 'createTemplateGroup', { body: group })).group_id)
      await make({ name: 'film', tasks }, project)
    }
    await make({ name: 'other', tasks: { transcode: { template_group_name: GROUP } } }, mine)
    await callOperation(mine, 'updateTemplateGroup', { body: { group_id: ids[0], name: 'new' } })
    const named = async (project: Tenant) => (await all('', project)).map((one) => Object(one['tasks']).transcode)
    expect(await named(mine)).toEqual([{ template_group_name: 'new' }, { template_group_name: GROUP }])
    expect(await named(theirs)).toEqual([{ template_group_name: 'old' }])
  })

  test('are at most 100, however many are made at once', async () => {
    const project = await server.addProject('many')
    const tasks = { extract_audio: { format: 'MP3' } }
    for (let at = 0; at < 98; at += 14) {
      await Promise.all(Array.from({ length: 14 }, (_, n) => make({ name: `w${at + n}`, tasks }, project)))
    }
    const last = Array.from({ length: 5 }, (_, n) => outcomeOf(make({ name: `last${n}`, tasks }, project)))
    expect((await Promise.all(last)).toSorted()).toEqual([
      ...['409 TELECINE.0409', '409 TELECINE.0409', '409 TELECINE.0409', 'accepted', 'accepted'],
    ])
    expect(await all('', project)).toHaveLength(100)
  })

  const withTasks = (tasks: object) => ({ tasks: { extract_audio: { format: 'MP3' }, ...tasks } })
  const BAD: readonly (readonly [field: string, members: object])[] = [
    ['name', { name: undefined }],
    ['name', { name: '' }],
    ['name', { name: ' a' }],
    ['name', { name: 'a\nb' }],
    ['name', { name: 'a\0b' }],
    ['name', { name: 'é'.repeat(129) }],
    ['name', { name: 7 }],
    ['tasks', { tasks: undefined }],
    ['tasks', { tasks: null }],
    ['tasks', { tasks: {} }],
    ['tasks', { tasks: { transcode: null, transcoding: {} } }],
    ['tasks', { tasks: [] }],
    ['tasks.transcode', withTasks({ transcode: GROUP })],
    ['tasks.transcode.template_group_name', withTasks({ transcode: {} })],
    ['tasks.transcode.template_group_name', withTasks({ transcode: { template_group_name: '' } })],
    ['tasks.transcode.template_group_name', withTasks({ transcode: { template_group_name: 'x'.repeat(129) } })],
    ['tasks.transcode.template_group_name', withTasks({ transcode: { template_group_name: 'nobody' } })],
    [
      'tasks.transcode.template_group_name',
      withTasks({ transcode: { template_group_name: 'non_transcoding_template_group' } }),
    ],
    ['tasks.thumbnail', withTasks({ thumbnail: 'often' })],
    ['tasks.thumbnail.type', withTasks({ thumbnail: {} })],
    ['tasks.thumbnail.type', withTasks({ thumbnail: { type: 'every' } })],
    ['tasks.thumbnail.time', withTasks({ thumbnail: { type: 'time', time: 13 } })],
    ['tasks.thumbnail.dots', withTasks({ thumbnail: { type: 'dots' } })],
    ['tasks.thumbnail.dots', withTasks({ thumbnail: { type: 'dots', dots: [-1] } })],
    ['tasks.thumbnail.quantity', withTasks({ thumbnail: { type: 'quantity', quantity: 11 } })],
    ['tasks.thumbnail.cover_position', withTasks({ thumbnail: { type: 'dots', dots: [1], cover_position: 0 } })],
    ['tasks.thumbnail.format', withTasks({ thumbnail: { type: 'dots', dots: [1], format: 2 } })],
    ['tasks.thumbnail.aspect_ratio', withTasks({ thumbnail: { type: 'dots', dots: [1], aspect_ratio: 2 } })],
    ['tasks.thumbnail.max_length', withTasks({ thumbnail: { type: 'dots', dots: [1], max_length: 0 } })],
    ['tasks.review', withTasks({ review: true })],
    ['tasks.review.template_id', withTasks({ review: {} })],
    ['tasks.review.template_id', withTasks({ review: { template_id: randomId() } })],
    ['tasks.extract_audio', { tasks: { extract_audio: 'MP3' } }],
    ['tasks.extract_audio.format', { tasks: { extract_audio: {} } }],
    ['tasks.extract_audio.format', { tasks: { extract_audio: { format: 'mp3' } } }],
    ['tasks.extract_audio.format', { tasks: { extract_audio: { format: 'WAV' } } }],
  ]
  test.each(BAD)('a bad %s is refused by name: %j', async (field, members) => {
    const refusal = { code: 'VOD.10053', message: expect.stringContaining(`illegal field: ${field}.`) }
    const before = await all()
    await expect(make({ name: 'bad', ...withTasks({}), ...members })).rejects.toMatchObject(refusal)
    expect(await all()).toEqual(before)
    // A change may leave out what a new one may not.
    const isAbsent = Object.values(members).every((value) => value === undefined || value === null || value === '')
    if (isAbsent) return
    const { workflow_id } = await make({ name: 'good', tasks: { thumbnail: { type: 'time', time: 1 } } })
    const middle = await all()
    await expect(update({ workflow_id, ...members })).rejects.toMatchObject(refusal)
    expect(await all()).toEqual(middle)
    await remove(workflow_id)
  })

  test.each(['', 'x'.repeat(129)])('a bad workflow_id is refused by name: %s', async (id) => {
    const refusal = { code: 'VOD.10053', message: expect.stringContaining('illegal field: workflow_id.') }
    await expect(remove(id)).rejects.toMatchObject(refusal)
    await expect(update({ workflow_id: id, name: 'x' })).rejects.toMatchObject(refusal)
  })
})
