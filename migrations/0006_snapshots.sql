-- The snapshots of an asset: one task at a time, as asked for at its creation or later.
alter table asset
  add column snapshot_state text not null default 'none'
    check (snapshot_state in ('none', 'wanted', 'running', 'succeeded', 'failed')),
  add column snapshot_note text,
  add column snapshot_task char(32),
  add column snapshot_settings jsonb,
  -- Which seconds there are pictures of, as runs of [first, step, count]: thousands of them are read with every row.
  add column snapshot_offsets jsonb,
  -- Sprite sheets of the storyboard; null: there is none (yet).
  add column storyboard_sheets smallint,
  add constraint snapshot_task_complete check (
    case snapshot_state
      when 'none' then snapshot_task is null and snapshot_offsets is null
      else snapshot_task is not null and snapshot_settings is not null
        and (snapshot_offsets is not null) = (snapshot_state = 'succeeded')
    end
  );
create unique index asset_snapshot_task on asset (snapshot_task);
