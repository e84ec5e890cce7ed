import { expect, test } from 'vitest'
import type { ProjectId } from '../shared/ids.ts'
import { systemGroupsOf } from './template-group.ts'
import { templateUseCases } from './use-cases.ts'

const useCases = () =>
  templateUseCases({
    newId: () => 'c'.repeat(32),
    watermarks: { defaultWatermarks: async () => [], watermark: async () => undefined },
    keySettings: { keySettings: async () => ({ keyService: true }) },
    store: {
      groups: async () => [],
      groupNamed: async () => undefined,
      insertGroup: async () => undefined,
      updateGroup: async () => false,
      removeGroup: async () => false,
    },
  })

const ours = 'a'.repeat(32) as ProjectId
const theirs = 'b'.repeat(32) as ProjectId

test('ids of system groups are 32 hex digits, stay the same, and differ between projects', () => {
  const ids = systemGroupsOf(ours).map(({ id }) => id)
  expect(ids).toEqual(systemGroupsOf(ours).map(({ id }) => id))
  expect(new Set([...ids, ...systemGroupsOf(theirs).map(({ id }) => id)]).size).toBe(8)
  expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true)
})

test('an id finds its group whatever the other filter says, and none in another project', async () => {
  const { listTemplateGroups } = useCases()
  const [first] = systemGroupsOf(ours)
  expect(await listTemplateGroups(ours, { id: first?.id ?? '', isDefault: true })).toEqual([first])
  expect(await listTemplateGroups(theirs, { id: first?.id ?? '' })).toEqual([])
})

test('no system group is the default', async () => {
  const { listTemplateGroups } = useCases()
  expect(await listTemplateGroups(ours, { isDefault: true })).toEqual([])
  expect(await listTemplateGroups(ours, { isDefault: false })).toHaveLength(4)
})
