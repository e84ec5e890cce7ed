-- The small rendition of a film that cannot be played as it is: made piece by piece when it is asked for.
alter table asset add column preview jsonb;
