-- The custom template groups of a project; the system groups are in no table.
create table template_group (
  id char(32) primary key,
  project_id char(32) not null references project on delete cascade,
  name text not null check (length(name) between 1 and 128),
  description text,
  is_default boolean not null,
  settings jsonb not null,
  created_at timestamptz not null default now(),
  constraint template_group_name_once unique (project_id, name)
);
create unique index template_group_one_default on template_group (project_id) where is_default;

-- What an asset's template group said when the asset was made.
alter table asset add column transcode_settings jsonb;
update asset
set transcode_settings = jsonb_build_object(
  'segmentSeconds', 5,
  'outputs', (
    select jsonb_agg(jsonb_build_object(
      'video', jsonb_build_object('quality', quality, 'width', width, 'height', height, 'bitrateKbps', 0, 'frameRate', 0),
      'audio', jsonb_build_object('sampleRate', 0, 'channels', 2, 'bitrateKbps', 0)
    ) order by width desc)
    from (values ('FULL_HD', 1920, 1080), ('HD', 1280, 720), ('SD', 854, 480), ('FLUENT', 480, 270)) as size (quality, width, height)
  )
)
where template_group = 'system_template_group';
