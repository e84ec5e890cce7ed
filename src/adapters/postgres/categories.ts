import type { Kysely, Selectable, Transaction } from 'kysely'
import type { Category, CategoryBranch, CategoryLevel } from '../../core/catalog/category.ts'
import type { CategoryReader, CategoryTx } from '../../core/catalog/category-ports.ts'
import type { Transactions } from '../../core/catalog/ports.ts'
import type { ProjectId } from '../../core/shared/ids.ts'
import { refuseTwins } from './refuse-twins.ts'
import type { Category as CategoryTable, DB } from './schema.generated.ts'
import { transact } from './transact.ts'

const TWINS = { constraint: 'category_name_once', problem: { kind: 'category_exists' } } as const

const COLUMNS = ['id', 'project_id', 'name', 'parent_id', 'level'] as const

export const categoryTransactions = (db: Kysely<DB>): Transactions<CategoryTx> => ({
  write: (work) => transact(db, (trx) => work(categoryTx(trx))),
})

const categoryTx = (trx: Transaction<DB>): CategoryTx => ({
  async lockParent(projectId, parentId) {
    if (parentId === undefined) {
      // Not "for update": inserting an asset takes a key share lock on its project, and must not wait for this.
      await trx
        .selectFrom('project')
        .select('id')
        .where('id', '=', projectId)
        .forNoKeyUpdate()
        .executeTakeFirstOrThrow()
      return { children: await countChildren(trx, projectId, null) }
    }
    const row = await ownCategories(trx, projectId).where('id', '=', parentId).forNoKeyUpdate().executeTakeFirst()
    return row && { parent: toCategory(row), children: await countChildren(trx, projectId, parentId) }
  },
  async insertCategory({ projectId, name, parentId, level }) {
    const values = { project_id: projectId, name, parent_id: parentId ?? null, level }
    const row = await refuseTwins(TWINS, () =>
      trx.insertInto('category').values(values).returning(COLUMNS).executeTakeFirstOrThrow(),
    )
    return toCategory(row)
  },
  async renameCategory(projectId, id, name) {
    const row = await refuseTwins(TWINS, () =>
      trx
        .updateTable('category')
        .set({ name })
        .where('project_id', '=', projectId)
        .where('id', '=', id)
        .returning(COLUMNS)
        .executeTakeFirst(),
    )
    return row && toCategory(row)
  },
  async removeCategory(projectId, id) {
    // The parent first, as everybody does: the foreign key of the assets that move up would lock it after the child.
    await trx
      .selectFrom('category as parent')
      .innerJoin('category as child', 'child.parent_id', 'parent.id')
      .select('parent.id')
      .where('child.project_id', '=', projectId)
      .where('child.id', '=', id)
      .forKeyShare('parent')
      .execute()
    const doomed = await lockSubtree(trx, projectId, id)
    const top = doomed.find((row) => row.id === id)
    if (!top) return false
    const ids = doomed.map((row) => row.id)
    await trx.updateTable('asset').set({ category_id: top.parent_id }).where('category_id', 'in', ids).execute()
    // The foreign keys take the sub-categories along.
    await trx.deleteFrom('category').where('id', '=', id).execute()
    return true
  },
})

export const categoryReader = (db: Kysely<DB>): CategoryReader => ({
  async branch(projectId, id) {
    const rows = await ownCategories(db, projectId)
      .where((eb) => eb.or([eb('id', '=', id), eb('parent_id', '=', id)]))
      .orderBy('id')
      .execute()
    const top = rows.find((row) => row.id === id)
    return top && toBranch(top, rows)
  },
  async topLevel(projectId) {
    const rows = await ownCategories(db, projectId).where('level', '<=', 2).orderBy('id').execute()
    return rows.filter((row) => row.parent_id === null).map((row) => toBranch(row, rows))
  },
})

type Row = Pick<Selectable<CategoryTable>, (typeof COLUMNS)[number]>

const ownCategories = (db: Kysely<DB>, projectId: ProjectId) =>
  db.selectFrom('category').select(COLUMNS).where('project_id', '=', projectId)

const countChildren = async (trx: Transaction<DB>, projectId: ProjectId, parentId: number | null): Promise<number> => {
  const { children } = await trx
    .selectFrom('category')
    .select((eb) => eb.fn.countAll<number>().as('children'))
    .where('project_id', '=', projectId)
    .where('parent_id', 'is not distinct from', parentId)
    .executeTakeFirstOrThrow()
  return children
}

/** In the order of ids, so that two removals of overlapping trees wait for each other instead of deadlocking. */
const lockSubtree = async (trx: Transaction<DB>, projectId: ProjectId, id: number): Promise<readonly Row[]> => {
  const tree = trx
    .withRecursive('tree', (db) =>
      db
        .selectFrom('category')
        .select('id')
        .where('project_id', '=', projectId)
        .where('id', '=', id)
        .unionAll(db.selectFrom('category').innerJoin('tree', 'tree.id', 'category.parent_id').select('category.id')),
    )
    .selectFrom('tree')
    .select('id')
  return ownCategories(trx, projectId).where('id', 'in', tree).orderBy('id').forUpdate().execute()
}

/** The casts hold because the table's checks and keys bound both columns. */
const toCategory = (row: Row): Category => ({
  id: row.id,
  projectId: row.project_id as ProjectId,
  name: row.name,
  level: row.level as CategoryLevel,
  ...(row.parent_id !== null && { parentId: row.parent_id }),
})

const toBranch = (top: Row, rows: readonly Row[]): CategoryBranch => ({
  category: toCategory(top),
  children: rows.filter((row) => row.parent_id === top.id).map(toCategory),
})
