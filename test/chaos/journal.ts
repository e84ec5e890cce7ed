import { type Kysely, sql } from 'kysely'
import type { DB } from '../../src/adapters/postgres/schema.generated.ts'
import type { Site } from './site.ts'

/** Has the database note each change of a task's state, with its own clock, which no fault touches. */
export const keepJournal = async (db: Kysely<DB>): Promise<void> => {
  await sql`
    create table chaos_journal (
      at timestamptz not null default clock_timestamp(),
      task uuid not null, step bigint not null, state text not null, attempt integer not null, deaths integer not null,
      died boolean not null, handed_back boolean not null, reason text
    )
  `.execute(db)
  await sql`
    create function chaos_note() returns trigger language plpgsql as $$
    begin
      insert into chaos_journal (task, step, state, attempt, deaths, died, handed_back, reason)
      values (
        new.id, new.step_id, new.state, new.attempt, new.deaths, new.deaths > old.deaths, new.attempt < old.attempt, new.reason
      );
      return null;
    end $$
  `.execute(db)
  await sql`
    create trigger chaos_note after update on engine.task for each row
    when (old.state is distinct from new.state) execute function chaos_note()
  `.execute(db)
}

export interface Redone {
  /** Tries of encodes that ended because their worker died, or seemed to. */
  readonly byDeaths: number
  /** Tries of encodes that were handed back: nobody drains in a storm, so their worker was cut off from PostgreSQL. */
  readonly byCutOff: number
  /** Tries of anything that ended because FFmpeg was killed or hung. */
  readonly byFfmpeg: number
  /** Of anything, for any reason. */
  readonly tries: number
  readonly tasks: number
}

export const redoneWork = async ({ ask }: Pick<Site, 'ask'>): Promise<Redone> => {
  const [row] = await ask(sql<Redone>`
    select
      (count(*) filter (where j.died and j.reason !~ 'killed from outside' and s.kind in ('transcode', 'chunk')))::integer as "byDeaths",
      (count(*) filter (where j.handed_back and s.kind in ('transcode', 'chunk')))::integer as "byCutOff",
      (count(*) filter (where j.state = 'queued' and not j.handed_back and j.reason ~ 'killed from outside|made no progress'))::integer
        as "byFfmpeg",
      (count(*) filter (where j.state = 'running'))::integer as tries,
      (count(distinct j.task) filter (where j.state = 'running'))::integer as tasks
    from chaos_journal j join engine.step s on s.id = j.step
  `)
  return row ?? { byDeaths: 0, byCutOff: 0, byFfmpeg: 0, tries: 0, tasks: 0 }
}

/** Tasks that were done more than once. */
export const doneTwice = async ({ ask }: Pick<Site, 'ask'>): Promise<number> =>
  (await ask(sql`select task from chaos_journal where state = 'done' group by task having count(*) > 1`)).length

/** Assets whose chunks were thrown away for an encode in one piece. */
export const fellBack = async ({ ask }: Pick<Site, 'ask'>): Promise<readonly string[]> => {
  const rows = await ask(sql<{ subject: string }>`
    select distinct whole.subject
    from engine.step whole join engine.step part on part.subject = whole.subject and part.id < whole.id
    where whole.kind = 'transcode' and part.kind = 'chunk'
  `)
  return rows.map(({ subject }) => subject)
}

/** How long after a moment the task of this kind was taken over; `undefined`: not yet. */
export const takenOverAfter = async (
  { ask }: Pick<Site, 'ask'>,
  { subject, kind, sinceMs }: { readonly subject: string; readonly kind: string; readonly sinceMs: number },
): Promise<number | undefined> => {
  const [row] = await ask(sql<{ seconds: number }>`
    select extract(epoch from min(j.at))::float8 - ${sinceMs / 1000}::float8 as seconds
    from chaos_journal j join engine.step s on s.id = j.step
    where s.subject = ${subject} and s.kind = ${kind} and j.state = 'running'
      and j.at > to_timestamp(${sinceMs / 1000}::float8)
    having count(*) > 0
  `)
  return row?.seconds
}
