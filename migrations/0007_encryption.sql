-- Where players get the keys of encrypted streams: the project's own address, else our key service unless it is off.
alter table project add column key_url text;
alter table project add column key_service boolean not null default true;

-- How the HLS outputs of an asset are protected; null: they always were clear. Content keys in it are sealed under the master key.
alter table asset add column encryption jsonb;
