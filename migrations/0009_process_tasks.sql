-- A transcode that was asked for after the asset was made, while it waits or runs.
alter table asset add column next_transcode jsonb;

-- Which template group the streams are of: names may be given to another group.
alter table asset add column template_group_id text;
update asset set template_group_id = coalesce(
  (select id from template_group where project_id = asset.project_id and name = asset.template_group),
  left(encode(sha256(convert_to(project_id || '/' || template_group, 'UTF8')), 'hex'), 32)
)
where template_group is not null;

-- Which object is the index of the streams; null with streams: the plain one of the first version.
alter table asset add column stream_index text;

-- Runs whose files are kept for players that hold their playlists: [{run, untilMs}].
alter table asset add column retired_runs jsonb not null default '[]';

-- An audio asset that is taken out of a video asset. No foreign key: it outlives that one.
alter table asset add column extracted_from char(32);
alter table asset add column extracted_format text check (extracted_format in ('MP3', 'AAC'));
alter table asset add constraint extraction_is_whole check ((extracted_from is null) = (extracted_format is null));
create index asset_extracted_from on asset (extracted_from) where extracted_from is not null;
