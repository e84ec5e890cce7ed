-- What an earlier snapshot task left stays served while another one runs, and after it has failed.
alter table asset
  drop constraint snapshot_task_complete,
  add constraint snapshot_task_complete check (
    case snapshot_state
      when 'none' then snapshot_task is null and snapshot_offsets is null
      else snapshot_task is not null and snapshot_settings is not null
        and (snapshot_offsets is not null or snapshot_state <> 'succeeded')
        and (snapshot_offsets is null or snapshot_state <> 'wanted')
    end
  );
