-- What each output is packed into, and the codecs of a group: until now HLS of H.264 and AAC was all there was.
update template_group set settings = settings
  || '{"videoCodec": "h264", "audioCodec": "aac"}'
  || jsonb_build_object('outputs', (select jsonb_agg(output || '{"format": "HLS"}') from jsonb_array_elements(settings -> 'outputs') output));
update asset set transcode_settings = transcode_settings
  || '{"videoCodec": "h264", "audioCodec": "aac"}'
  || jsonb_build_object('outputs', (select jsonb_agg(output || '{"format": "HLS"}') from jsonb_array_elements(transcode_settings -> 'outputs') output))
where transcode_settings is not null;

-- The default is for workers of the version before, which may still run.
alter table rendition add column format text not null default 'HLS' check (format in ('HLS', 'DASH', 'MP4', 'MP3', 'ADTS'));
alter table rendition add column audio_codec text check (audio_codec in ('aac', 'he_aac_v1', 'he_aac_v2', 'mp3'));
