import type { ProjectId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import { type Category, type CategoryBranch, levelBelow } from './category.ts'
import type { CategoryReader, CategoryTx } from './category-ports.ts'
import type { Transactions } from './ports.ts'

/** What other layers may ask about categories. */
export interface CategoryUseCases {
  /** Throws `category_not_found` (the parent), `category_exists`, `category_too_deep`, `too_many_categories`. */
  createCategory(
    projectId: ProjectId,
    category: { readonly name: string; readonly parentId?: number },
  ): Promise<Category>
  /** Throws `category_not_found`, `category_exists`. */
  renameCategory(projectId: ProjectId, id: number, name: string): Promise<Category>
  /** With everything below it; the assets in it move up. Throws `category_not_found`. */
  deleteCategory(projectId: ProjectId, id: number): Promise<void>
  /** Throws `category_gone`. */
  showCategory(projectId: ProjectId, id: number): Promise<CategoryBranch>
  listCategories(projectId: ProjectId): Promise<readonly CategoryBranch[]>
}

interface Deps {
  readonly db: Transactions<CategoryTx>
  readonly reader: CategoryReader
}

export const categoryUseCases = ({ db, reader }: Deps): CategoryUseCases => ({
  createCategory: (projectId, { name, parentId }) =>
    db.write(async (tx) => {
      const place = await tx.lockParent(projectId, parentId)
      if (!place) throw new DomainError({ kind: 'category_not_found' })
      const level = levelBelow(place.parent, place.children)
      return tx.insertCategory({ projectId, name, level, ...(parentId !== undefined && { parentId }) })
    }),
  async renameCategory(projectId, id, name) {
    const category = await db.write((tx) => tx.renameCategory(projectId, id, name))
    if (!category) throw new DomainError({ kind: 'category_not_found' })
    return category
  },
  async deleteCategory(projectId, id) {
    const removed = await db.write((tx) => tx.removeCategory(projectId, id))
    if (!removed) throw new DomainError({ kind: 'category_not_found' })
  },
  async showCategory(projectId, id) {
    const branch = await reader.branch(projectId, id)
    if (!branch) throw new DomainError({ kind: 'category_gone' })
    return branch
  },
  listCategories: (projectId) => reader.topLevel(projectId),
})
