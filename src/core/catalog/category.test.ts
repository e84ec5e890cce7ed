import { expect, test } from 'vitest'
import type { ProjectId } from '../shared/ids.ts'
import { type Category, type CategoryLevel, levelBelow } from './category.ts'

const at = (level: CategoryLevel): Category => ({ id: 1, projectId: '0'.repeat(32) as ProjectId, name: 'films', level })

test('a category without a parent is at the top, any other one below its parent', () => {
  expect([levelBelow(undefined, 0), levelBelow(at(1), 0), levelBelow(at(2), 0)]).toEqual([1, 2, 3])
})

test('there is no fourth level', () => {
  expect(() => levelBelow(at(3), 0)).toThrow(/category_too_deep/)
})

test('a parent takes 128 children and no more', () => {
  expect(levelBelow(at(1), 127)).toBe(2)
  expect(() => levelBelow(at(1), 128)).toThrow(/too_many_categories/)
  expect(() => levelBelow(undefined, 128)).toThrow(/too_many_categories/)
})
