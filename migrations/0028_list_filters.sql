-- Every filter of a list reads an index in the list's order, and counts without the rows: these hold what a filter asks for.
alter table asset add column review_state text not null
  generated always as (coalesce(nullif(review->>'state', 'wanted'), 'none')) stored;

-- Lists never show what is deleted, unless by id.
drop index asset_newest;
create index asset_newest on asset (project_id, created_at desc, id desc) where ingest_state <> 'deleted';
create index asset_by_state on asset (project_id, ingest_state, published, created_at desc, id desc)
  where ingest_state <> 'deleted';
create index asset_by_transcode on asset (project_id, transcode_state, created_at desc, id desc)
  where ingest_state <> 'deleted';
-- The combined state of what is not published.
create index asset_unpublished on asset (project_id, transcode_state, created_at desc, id desc)
  include (ingest_state, published) where ingest_state = 'created' and not published;
create index asset_by_snapshots on asset (project_id, snapshot_state, created_at desc, id desc)
  where ingest_state <> 'deleted' and snapshot_state <> 'none';
create index asset_by_review on asset (project_id, review_state, created_at desc, id desc)
  where ingest_state <> 'deleted';
create index asset_by_category on asset (project_id, category_id, created_at desc, id desc)
  where ingest_state <> 'deleted';
create index asset_by_type on asset (project_id, video_type, created_at desc, id desc)
  where ingest_state <> 'deleted';
