-- How much of the workers a project gets while others wait, too.
alter table project add column weight integer not null default 1 check (weight between 1 and 12);

-- One turn of a tenant of weight 1 is 12 of a queue's virtual time from now on: what waits keeps its place.
update engine.step set cost = cost * 12 where state in ('waiting', 'running');
update engine.task set virtual_start = virtual_start * 12, virtual_end = virtual_end * 12
where state in ('queued', 'running') and virtual_end is not null;
do $$
begin
  -- Not there yet in a new database.
  if to_regclass('pgboss.job') is not null then
    update pgboss.job set priority = priority * 12;
  end if;
end
$$;
