import type { ProjectId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'

export const MAX_CATEGORY_LEVEL = 3
/** Per parent, and for the top level per project: the vendor's API documents say so, its user guide "in total". */
export const MAX_CHILD_CATEGORIES = 128

export type CategoryLevel = 1 | 2 | 3

/** A folder for assets. The built-in "Other" is none: it is the absence of a category. */
export interface Category {
  readonly id: number
  readonly projectId: ProjectId
  readonly name: string
  /** Absent at the top level. */
  readonly parentId?: number
  readonly level: CategoryLevel
}

/** A category and the next level only. */
export interface CategoryBranch {
  readonly category: Category
  readonly children: readonly Category[]
}

/** Where a new category may go: `siblings` is how many its parent already has. Throws `category_too_deep`, `too_many_categories`. */
export const levelBelow = (parent: Category | undefined, siblings: number): CategoryLevel => {
  if (parent?.level === MAX_CATEGORY_LEVEL) throw new DomainError({ kind: 'category_too_deep' })
  if (siblings >= MAX_CHILD_CATEGORIES) throw new DomainError({ kind: 'too_many_categories' })
  if (!parent) return 1
  return parent.level === 1 ? 2 : 3
}
