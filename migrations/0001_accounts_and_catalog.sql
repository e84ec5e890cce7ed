-- Accounts: who may call, and for which project.
create table project (
  id char(32) primary key,
  name text not null unique,
  created_at timestamptz not null default now()
);

create table account (
  id char(32) primary key,
  name text not null unique,
  password_hash text not null,
  role text not null check (role in ('operator', 'member')),
  enabled boolean not null default true,
  -- Raised by every change of password or rights: tokens carry the value they were made under and die with it.
  token_epoch integer not null default 0,
  created_at timestamptz not null default now()
);

create table project_member (
  account_id char(32) not null references account on delete cascade,
  project_id char(32) not null references project on delete cascade,
  primary key (account_id, project_id)
);

create table access_key (
  access text primary key,
  account_id char(32) not null references account on delete cascade,
  -- AES-256-GCM under the master key: nonce, tag, ciphertext.
  secret_sealed bytea not null,
  created_at timestamptz not null default now()
);

-- A bucket belongs to the first project that authorises it, or to the one an operator assigns.
create table tenant_bucket (
  name text primary key,
  project_id char(32) not null references project on delete cascade,
  authorized boolean not null,
  created_at timestamptz not null default now()
);

create table category (
  id integer primary key generated always as identity,
  project_id char(32) not null references project on delete cascade,
  parent_id integer references category on delete cascade,
  level smallint not null check (level between 1 and 3),
  name text not null check (octet_length(name) between 1 and 64),
  -- Serialises inserts under one parent: code that counts children relies on it.
  constraint category_name_once unique nulls not distinct (project_id, parent_id, name)
);
create index category_parent on category (parent_id);

create table asset (
  id char(32) primary key,
  project_id char(32) not null references project on delete cascade,
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  title text not null,
  description text,
  category_id integer references category on delete set null,
  tags text[] not null default '{}',
  video_type text not null,
  video_name text not null,
  source_bucket text not null,
  source_key text not null,
  source_size bigint not null,
  source_etag text not null,
  stored_key text not null,
  ingest_state text not null check (ingest_state in ('creating', 'created', 'failed', 'deleted')),
  ingest_reason text,
  published boolean not null default false,
  publish_when_ready boolean not null default false,
  template_group text,
  transcode_state text not null default 'none'
    check (transcode_state in ('none', 'waiting', 'running', 'succeeded', 'failed')),
  transcode_note text,
  media jsonb,
  has_cover boolean not null default false,
  source_removed boolean not null default false,
  options jsonb not null default '{}',
  constraint published_is_created check (not published or ingest_state = 'created')
);
-- Every list is per project and newest first; the id breaks ties so that pages never overlap.
create index asset_newest on asset (project_id, created_at desc, id desc);
create index asset_category on asset (category_id);
create index asset_tags on asset using gin (tags);

create table rendition (
  asset_id char(32) not null references asset on delete cascade,
  run text not null,
  idx smallint not null,
  quality text,
  video_codec text,
  width integer not null,
  height integer not null,
  frame_rate real not null,
  bit_rate_kbps integer not null,
  duration_ms bigint not null,
  size_bytes bigint not null,
  frames bigint not null,
  playlist text not null,
  primary key (asset_id, idx)
);
