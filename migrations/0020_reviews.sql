-- Review templates. The system's has a row only when it was changed.
create table review_template (
  id char(32) primary key,
  project_id char(32) not null references project on delete cascade,
  name text not null check (name ~ '^[A-Za-z0-9_]{1,128}$'),
  created_at timestamptz not null default now(),
  settings jsonb not null,
  is_default boolean not null default false,
  constraint review_template_name_once unique (project_id, name)
);
create unique index review_template_default on review_template (project_id) where is_default;

-- The review of an asset; null: it never had one. What it found has a table of its own: it is long, and lists do not need it.
alter table asset
  add column review jsonb
    check (review->>'state' in ('wanted', 'running', 'failed', 'passed', 'suspicious', 'blocked'));
create table review_report (
  asset_id char(32) primary key references asset on delete cascade,
  report jsonb not null
);
