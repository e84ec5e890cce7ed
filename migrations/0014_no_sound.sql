-- An output that has no sound says so: `none`. Null is a record from before 0012 alone, which does not say.
alter table rendition
  drop constraint rendition_sound_track_check,
  add constraint rendition_sound_track_check check (sound_track ~ '^(none|audio\d?)$');
-- Since outputs are known by their parameters and no longer by their run, one without a codec of sound has none.
update rendition set sound_track = 'none'
where sound_track is null and audio_codec is null and playlist ~ '^[0-9a-f]{32}_' and left(playlist, 32) <> run;
