-- Which object is the cover, below the asset's folder; null with a cover: `cover/Cover0.jpg`.
alter table asset add column cover text;
-- The try that made the snapshots, after which their objects are named; null with snapshots: by their seconds alone.
alter table asset add column snapshot_run char(32);
