-- What calls asked edge caches to pull or to forget. Auto-preheat is a step of its asset and has no rows.
create table edge_task (
  id char(32) primary key,
  project_id char(32) not null references project on delete cascade,
  kind text not null check (kind in ('preheat', 'refresh')),
  created_at timestamptz not null default now()
);
create index edge_task_age on edge_task (project_id, created_at);

create table edge_item (
  task_id char(32) not null references edge_task on delete cascade,
  idx smallint not null,
  -- No foreign key: edges may hold what an asset left that is gone.
  asset_id char(32) not null,
  -- Below the asset's public address, percent-encoded.
  path text not null,
  -- Scheme and host as the caller named them; null: ours.
  origin text,
  state text not null default 'processing' check (state in ('processing', 'succeeded', 'failed')),
  reason text,
  primary key (task_id, idx)
);

-- URLs of a day (UTC) so far. Its row lock makes concurrent calls count one after the other.
create table edge_quota (
  project_id char(32) not null references project on delete cascade,
  kind text not null check (kind in ('preheat', 'refresh')),
  day date not null,
  used integer not null,
  primary key (project_id, kind)
);
