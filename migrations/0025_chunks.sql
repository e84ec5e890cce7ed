-- Films that are encoded in parts, from the plan until the parts are joined; run null: in one piece after all.
create table encode_run (
  asset_id char(32) primary key references asset on delete cascade,
  run jsonb
);

create table encode_part (
  asset_id char(32) not null references encode_run on delete cascade,
  idx integer not null,
  part jsonb not null,
  primary key (asset_id, idx)
);
