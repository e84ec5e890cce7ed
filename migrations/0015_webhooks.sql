-- Where a project's events go.
create table webhook_endpoint (
  id char(32) primary key,
  project_id char(32) not null references project on delete cascade,
  url text not null,
  format text not null check (format in ('envelope', 'raw')),
  -- Kinds of events that it wants; null: all, also those of later versions.
  events text[] check (cardinality(events) > 0),
  -- AES-256-GCM under the master key: nonce, tag, ciphertext.
  secret_sealed bytea not null,
  created_at timestamptz not null default now()
);
create index webhook_endpoint_project on webhook_endpoint (project_id, created_at, id);

-- What was told of an asset, as it was then; written in the transaction of the fact, once for all endpoints that want it.
create table asset_event (
  id char(32) primary key,
  -- No foreign key: it is sent although the asset is deleted.
  asset_id char(32) not null,
  title text not null,
  content jsonb not null,
  happened_at timestamptz not null default now()
);
create index asset_event_age on asset_event (happened_at);

-- One event for one endpoint. Ids grow in the order of the facts of an asset, because whoever records one holds the asset's row.
create table webhook_delivery (
  id bigint primary key generated always as identity,
  endpoint_id char(32) not null references webhook_endpoint on delete cascade,
  event_id char(32) not null references asset_event on delete cascade,
  asset_id char(32) not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
  -- By the event, or by the last replay.
  queued_at timestamptz not null default now(),
  tries integer not null default 0,
  tried_at timestamptz,
  -- Of the last try.
  status integer,
  error text
);
create index webhook_delivery_waiting on webhook_delivery (endpoint_id, asset_id, id) where state = 'waiting';
create index webhook_delivery_dead on webhook_delivery (endpoint_id, tried_at) where state = 'dead';
create index webhook_delivery_log on webhook_delivery (endpoint_id, id desc);
create index webhook_delivery_event on webhook_delivery (event_id);

-- All that waits of one asset for one endpoint: sent one after the other. There as long as anything waits; its row lock orders those
-- who queue and those who settle.
create table webhook_lane (
  endpoint_id char(32) not null references webhook_endpoint on delete cascade,
  asset_id char(32) not null,
  -- When its first delivery is to be sent; a claim moves it on, so that it comes again by itself when the sender dies.
  due_at timestamptz not null default now(),
  -- Grows with every claim: only the last claim may settle.
  claim bigint not null default 0,
  primary key (endpoint_id, asset_id)
);
create index webhook_lane_due on webhook_lane (endpoint_id, due_at);
