-- What is done with an asset that names it.
create table workflow (
  id char(32) primary key,
  project_id char(32) not null references project on delete cascade,
  name text not null check (char_length(name) between 1 and 128),
  created_at timestamptz not null default now(),
  tasks jsonb not null,
  constraint workflow_name_once unique (project_id, name)
);

-- The workflow that an asset was made with, as it was then; null: none.
alter table asset add column workflow jsonb;
