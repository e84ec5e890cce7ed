import { BUILT_OPERATIONS, OPERATIONS } from './index.ts'
import type { AnyOperation } from './operation.ts'

const built: ReadonlySet<string> = new Set(BUILT_OPERATIONS.map(({ id }) => id))

export const isBuilt = ({ id }: AnyOperation): boolean => built.has(id)

/** `docs/api-coverage.md`: which operations of the vendor work, and what each takes without acting upon it yet. */
export const coverageDocument = (): string => {
  const rows = OPERATIONS.toSorted(byPlace).map((operation) => {
    const { id, method, path, gaps } = operation
    const state = isBuilt(operation) ? 'works' : 'answers `TELECINE.0501`'
    return `| ${id} | \`${method} ${path.replace(':project_id', '{project_id}')}\` | ${state} | ${gaps.join('<br>')} |`
  })
  return [
    '# API coverage',
    '',
    'Generated from `src/wire/index.ts` by `scripts/generate-coverage.ts`; do not edit.',
    '',
    `${BUILT_OPERATIONS.length} of ${OPERATIONS.length} operations work. The others answer status 501 with the code`,
    '`TELECINE.0501` in the usual error body, to callers with valid credentials.',
    '',
    '| Operation | Request | State | Accepted without an effect yet, or refused |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

/** Works first; then by path and method. */
const byPlace = (a: AnyOperation, b: AnyOperation): number =>
  Number(isBuilt(b)) - Number(isBuilt(a)) || compare(a.path, b.path) || compare(a.method, b.method)

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
