-- Which of its run's sounds plays with an output; null: none, or a record from before, which does not say.
alter table rendition add column sound_track text check (sound_track ~ '^audio\d?$');
