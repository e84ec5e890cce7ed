-- Which task left the pictures that are served while another one runs, and after it has failed: {task, settings, note}.
alter table asset add column snapshot_before jsonb;
-- What rows do not say from before gets an id of its own, by which it can be listed and deleted.
update asset set snapshot_before = jsonb_build_object('task', md5('before' || snapshot_task), 'settings', snapshot_settings)
where snapshot_state in ('running', 'failed') and snapshot_offsets is not null;
alter table asset add constraint snapshot_before_complete check (
  (snapshot_before is not null) = (snapshot_state in ('running', 'failed') and snapshot_offsets is not null)
);
