-- Watermark templates. What a deleted one shows stays until no queued transcode needs it.
create table watermark (
  id char(32) primary key,
  project_id char(32) not null references project on delete cascade,
  name text not null check (octet_length(name) between 1 and 128),
  created_at timestamptz not null default now(),
  declared_type text not null check (declared_type in ('PNG', 'JPG', 'JPEG')),
  declared_md5 text,
  placement jsonb not null,
  is_default boolean not null default false,
  -- Null until the upload was confirmed.
  picture jsonb,
  deleted_at timestamptz
);
create unique index watermark_name_once on watermark (project_id, name) where deleted_at is null;
create index watermark_newest on watermark (project_id, created_at desc, id desc);

-- The watermark that a group names; null: whatever is default. No foreign key: the group outlives it, and says so when it is used.
alter table template_group add column watermark_id text;

-- Who may still need the picture of a deleted watermark.
create index asset_in_work on asset (project_id)
  where ingest_state = 'creating' or transcode_state in ('waiting', 'running');
