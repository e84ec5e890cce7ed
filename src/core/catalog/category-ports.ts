import type { ProjectId } from '../shared/ids.ts'
import type { Category, CategoryBranch } from './category.ts'

/** The categories of all projects, inside one transaction. Only the project's own exist for it. */
export interface CategoryTx {
  /**
   * Until the transaction ends nobody else adds a category below the same parent (`undefined`: at the top level).
   * `undefined` when there is no such parent.
   */
  lockParent(
    projectId: ProjectId,
    parentId: number | undefined,
  ): Promise<{ readonly parent?: Category; readonly children: number } | undefined>
  /** Throws `category_exists` when a sibling has that name. */
  insertCategory(category: Omit<Category, 'id'>): Promise<Category>
  /** `undefined` when there is no such category. Throws `category_exists` when a sibling has that name. */
  renameCategory(projectId: ProjectId, id: number, name: string): Promise<Category | undefined>
  /**
   * Removes the category with all below it; their assets go to its parent, or to "Other". `false` when there is none.
   * Safe against an asset that is moved into it at the same time: that one ends in "Other".
   */
  removeCategory(projectId: ProjectId, id: number): Promise<boolean>
}

export interface CategoryReader {
  /** `undefined` when there is no such category. */
  branch(projectId: ProjectId, id: number): Promise<CategoryBranch | undefined>
  /** Oldest first. */
  topLevel(projectId: ProjectId): Promise<readonly CategoryBranch[]>
}
