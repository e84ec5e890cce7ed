import type { Selectable } from 'kysely'
import {
  type MadeSnapshots,
  type Pictures,
  type SnapshotSettings,
  type Snapshots,
  servedPictures,
} from '../../core/catalog/snapshots.ts'
import { assertNever } from '../../core/shared/assert-never.ts'
import type { Asset as AssetTable } from './schema.generated.ts'

type Row = Pick<
  Selectable<AssetTable>,
  | 'snapshot_state'
  | 'snapshot_note'
  | 'snapshot_task'
  | 'snapshot_settings'
  | 'snapshot_offsets'
  | 'snapshot_run'
  | 'snapshot_before'
>

/** The casts hold because only this file writes these columns, and the schema's check says which go together. */
export const toSnapshots = (row: Row): Snapshots => {
  const state = row.snapshot_state as Snapshots['state']
  const note = row.snapshot_note ?? undefined
  const task = { task: row.snapshot_task ?? '', settings: row.snapshot_settings as unknown as SnapshotSettings }
  const offsets = unpackRuns((row.snapshot_offsets ?? []) as unknown as readonly Run[])
  const pictures = { offsets, ...(row.snapshot_run !== null && { run: row.snapshot_run }) }
  const before = row.snapshot_before as unknown as EarlierTask | null
  const earlier = before === null ? {} : { before: { ...before, ...pictures } }
  switch (state) {
    case 'none':
      return { state, ...(note !== undefined && { note }) }
    case 'wanted':
      return { state, ...task }
    case 'running':
      return { state, ...task, ...earlier }
    case 'failed':
      return { state, ...task, ...earlier, reason: note ?? '' }
    case 'succeeded':
      return { state, ...task, ...pictures, ...(note !== undefined && { note }) }
    default:
      return assertNever(state)
  }
}

/** Its pictures have columns of their own, whichever task made them. */
type EarlierTask = Omit<MadeSnapshots, keyof Pictures>

export const snapshotColumns = (snapshots: Snapshots) => ({
  snapshot_state: snapshots.state,
  snapshot_note: noteOf(snapshots) ?? null,
  snapshot_task: snapshots.state === 'none' ? null : snapshots.task,
  snapshot_settings: snapshots.state === 'none' ? null : JSON.stringify(snapshots.settings),
  snapshot_offsets: offsetsColumn(snapshots),
  snapshot_run: servedPictures(snapshots).run ?? null,
  snapshot_before: 'before' in snapshots ? earlierColumn(snapshots.before) : null,
})

const earlierColumn = ({ task, settings, note }: MadeSnapshots): string => JSON.stringify({ task, settings, note })

/** Null where there are none, but for a task that succeeded. */
const offsetsColumn = (snapshots: Snapshots): string | null => {
  const { offsets } = servedPictures(snapshots)
  return offsets.length > 0 || snapshots.state === 'succeeded' ? JSON.stringify(packRuns(offsets)) : null
}

const noteOf = (snapshots: Snapshots): string | undefined => {
  if (snapshots.state === 'failed') return snapshots.reason
  return 'note' in snapshots ? snapshots.note : undefined
}

type Run = readonly [first: number, step: number, count: number]

/** Numbers in even steps as one run: an interval is a single one, whatever its length. */
export const packRuns = (numbers: readonly number[]): readonly Run[] => {
  const runs: Run[] = []
  for (const number of numbers) {
    const [first, step, count] = runs.at(-1) ?? [number, 0, 0]
    if (count === 1) runs[runs.length - 1] = [first, number - first, 2]
    else if (count > 1 && number === first + step * count) runs[runs.length - 1] = [first, step, count + 1]
    else runs.push([number, 1, 1])
  }
  return runs
}

export const unpackRuns = (runs: readonly Run[]): readonly number[] =>
  runs.flatMap(([first, step, count]) => Array.from({ length: count }, (_, n) => first + n * step))
