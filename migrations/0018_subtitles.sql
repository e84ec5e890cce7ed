-- Null: it never had any. The texts are objects; this says which they are, and what is asked for and not finished.
alter table asset add column subtitles jsonb;
