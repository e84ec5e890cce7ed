-- Storage mode 1: the source stays where it is, results go below this path of this bucket, both as the caller named them.
alter table asset
  add column output_bucket text,
  add column output_path text,
  add constraint asset_output_whole check ((output_bucket is null) = (output_path is null));
-- A bucket cannot be taken back while an asset's results go there.
create index asset_output on asset (output_bucket) where output_bucket is not null;

-- The files of an HLS stream that stay in a tenant's bucket, as they were when they were checked; viewers reach no others.
create table adopted_file (
  asset_id char(32) not null references asset on delete cascade,
  -- Below the folder of the playlist that the asset was made of.
  path text not null,
  etag text not null,
  content_type text not null,
  primary key (asset_id, path)
);
