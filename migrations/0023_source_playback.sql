-- Whether sources are played where they lie, before and beside what is made of them.
alter table project add column source_playback boolean not null default true;
