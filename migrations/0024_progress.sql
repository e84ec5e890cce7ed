-- How long one task of the step was expected to take; null: of the version before, which did not say.
alter table engine.step add column expected_seconds real check (expected_seconds > 0);
-- When the present try began.
alter table engine.task add column began_at timestamptz;
-- How much longer work takes on these machines than was expected of it: a moving average per kind.
create table engine.pace (
  kind text primary key,
  ratio double precision not null,
  samples integer not null
);
