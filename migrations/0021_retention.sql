-- What a project may store, and for how long. Null, false: no limit, nothing is deleted.
alter table project
  add column storage_quota bigint check (storage_quota > 0),
  add column delete_source boolean not null default false,
  add column expire_after_days integer check (expire_after_days between 1 and 36500);

-- Of the outputs, as `outputBytes` counts them; written together with the renditions.
alter table asset add column output_bytes bigint not null default 0;
update asset set output_bytes = counted.bytes
from (
  select asset_id, sum(size_bytes) as bytes
  from (
    select distinct asset_id, size_bytes, case when format in ('HLS', 'DASH') then run else run || playlist end from rendition
  ) as once
  group by asset_id
) as counted
where id = counted.asset_id;

-- What lies of an asset in the service bucket: nothing where it stays with the tenant, or after a failure or a deletion.
alter table asset add column stored_bytes bigint not null generated always as (
  case
    when output_bucket is not null or ingest_state not in ('creating', 'created') then 0
    when source_removed then output_bytes
    else source_size + output_bytes
  end
) stored;
-- The sum of a project reads nothing but this.
create index asset_stored on asset (project_id) include (stored_bytes) where stored_bytes > 0;

-- Whether our copy of the source goes after a transcode, and when the asset goes: as its project said when the asset was made, or a later call.
alter table asset
  add column releases_source boolean not null default false,
  add column expires_at timestamptz;
create index asset_expiry on asset (expires_at, id) where expires_at is not null and ingest_state <> 'deleted';

-- Who did what. No foreign keys: it outlives whom and what it tells of.
create table audit_entry (
  id bigint primary key generated always as identity,
  happened_at timestamptz not null,
  -- Null: it concerns the installation, and only operators see it.
  project_id char(32),
  role text not null check (role in ('operator', 'member', 'system')),
  user_id char(32),
  user_name text,
  access_key text,
  operation text not null,
  subjects text[] not null,
  -- Of the answer; null: it was no request.
  status integer,
  error_code text,
  request_id text,
  address text
);
create index audit_newest on audit_entry (happened_at desc, id desc);
create index audit_project on audit_entry (project_id, happened_at desc, id desc);
create index audit_subjects on audit_entry using gin (subjects);
