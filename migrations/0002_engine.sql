-- Durable tasks. What waits or runs also has an entry in pg-boss (schema pgboss, made by pg-boss itself); the entry's id is
-- the task's. Locks are taken in the order step, entry, task.
create schema engine;

-- Numbers worker sessions: each holds the advisory lock of its number as long as it is connected.
create sequence engine.worker_number as integer;

create table engine.step (
  id bigint primary key generated always as identity,
  subject text not null,
  tenant text not null,
  kind text not null,
  queue text not null,
  state text not null check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
  -- Steps that must be done before this one may run.
  unmet integer not null check (unmet >= 0),
  -- Tasks that are not done.
  remaining integer not null check (remaining >= 0),
  -- Further tries after tries that may be the task's own fault.
  retry_limit integer not null check (retry_limit >= 0),
  -- How long after the first try others may begin when tries end with an error.
  retry_seconds integer not null check (retry_seconds >= 0),
  delay_seconds integer not null check (delay_seconds >= 0),
  -- Share of the queue that one task uses up.
  cost integer not null check (cost > 0),
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create index step_subject on engine.step (subject, id);
create index step_ended on engine.step (ended_at) where ended_at is not null;

create table engine.edge (
  before_id bigint not null references engine.step on delete cascade,
  after_id bigint not null references engine.step on delete cascade,
  primary key (before_id, after_id)
);
create index edge_after on engine.edge (after_id);

create table engine.task (
  id uuid primary key default gen_random_uuid(),
  step_id bigint not null references engine.step on delete cascade,
  idx integer not null,
  queue text not null,
  tenant text not null,
  input jsonb not null,
  state text not null check (state in ('waiting', 'queued', 'running', 'done', 'failed', 'cancelled')),
  -- Tries begun, without those that a draining worker handed back.
  attempt integer not null default 0,
  -- Of these, how many ended in a way that may be the task's own fault.
  suspect integer not null default 0,
  first_tried_at timestamptz,
  progress real not null default 0,
  -- Why the last try failed.
  reason text check (length(reason) <= 500),
  -- Who runs it. The claim number never repeats for a task: whoever comes with an older one has lost it.
  worker integer,
  claim integer,
  touched_at timestamptz,
  -- Place among the tenants of the queue; null when the task does not compete (delayed, or after a failed try).
  virtual_start integer,
  virtual_end integer,
  constraint task_once unique (step_id, idx)
);
create index task_running on engine.task (worker) where state = 'running';
create index task_clock on engine.task (queue, state, virtual_start) where state in ('queued', 'running');
create index task_share on engine.task (queue, tenant, virtual_end) where state in ('queued', 'running');
