-- The custom template groups of a project; the system groups are in no table.
create table template_group (
  id char(32) primary key,
  project_id char(32) not null references project on delete cascade,
  name text not null check (length(name) between 1 and 128),
  description text,
  is_default boolean not null,
  settings jsonb not null,
  created_at timestamptz not null default now(),
  constraint template_group_name_once unique (project_id, name)
);
create unique index template_group_one_default on template_group (project_id) where is_default;

-- What an asset's template group said when the asset was made.
alter table asset add column transcode_settings jsonb;
