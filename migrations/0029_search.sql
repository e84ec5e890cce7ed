-- What lists filter by, of what is not deleted: rows so small that many are looked at in little time. Its indexes hold only what
-- seldom changes, and its pages have room, so that an asset that gets on writes none of them again.
create table asset_search (
  id char(32) primary key,
  project_id char(32) not null,
  created_at timestamptz not null,
  -- In lower case, as searches compare them.
  title text not null,
  description text,
  tags text[] not null,
  ingest_state text not null,
  published boolean not null,
  transcode_state text not null,
  snapshot_state text not null,
  review_state text not null,
  category_id integer,
  video_type text not null
) with (fillfactor = 75);

-- Every one, two and three characters that follow one another in a text, and every tag, as numbers of this project. Two may
-- have the same number: who finds by them looks at the words, too. The cost keeps the planner from calling it row by row.
create function search_grams(project text, title text, description text, tags text[]) returns integer[]
language sql immutable parallel safe cost 1000 as $$
  select array_agg(distinct hashtext(project || gram))
  from (
    select unnest(array[one, one || two, one || two || three]) as gram
    from (
      select c as one, lead(c) over following as two, lead(c, 2) over following as three
      from (
        select 1 as which, c, at from string_to_table(title, null) with ordinality as t (c, at)
        union all
        select 2, c, at from string_to_table(description, null) with ordinality as t (c, at)
      ) as characters
      window following as (partition by which order by at)
    ) as neighbours
    union all
    select '#' || tag from unnest(tags) as tag
  ) as grams
  where gram is not null
$$;

-- Those that an asset must have to hold this text, in lower case, and these tags: as few as cover the text.
create function search_asked(project text, words text, tags text[]) returns integer[]
language sql immutable parallel safe as $$
  select array_agg(distinct hashtext(project || gram))
  from (
    select substr(words, at, 3) as gram
    from (
      select generate_series(1, length(words) - 2, 3) as at
      union all
      select greatest(length(words) - 2, 1)
    ) as places
    union all
    select '#' || tag from unnest(tags) as tag
  ) as grams
  where gram is not null
$$;

insert into asset_search (
  id, project_id, created_at, title, description, tags,
  ingest_state, published, transcode_state, snapshot_state, review_state, category_id, video_type
)
select id, project_id, created_at, lower(title), lower(description), tags,
  ingest_state, published, transcode_state, snapshot_state, review_state, category_id, video_type
from asset where ingest_state <> 'deleted' order by created_at;

create index asset_search_newest on asset_search (project_id, created_at desc, id desc);
create index asset_search_grams on asset_search using gin (search_grams(project_id, title, description, tags));
drop index asset_tags;

create function keep_asset_search() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.ingest_state = 'deleted' then
    delete from asset_search where id = old.id;
    return null;
  end if;
  insert into asset_search (
    id, project_id, created_at, title, description, tags, ingest_state,
    published, transcode_state, snapshot_state, review_state, category_id, video_type
  )
  values (
    new.id, new.project_id, new.created_at, lower(new.title), lower(new.description), new.tags, new.ingest_state,
    new.published, new.transcode_state, new.snapshot_state, new.review_state, new.category_id, new.video_type
  )
  on conflict (id) do update set
    (created_at, title, description, tags, ingest_state, published, transcode_state, snapshot_state, review_state,
      category_id, video_type)
    = (excluded.created_at, excluded.title, excluded.description, excluded.tags, excluded.ingest_state,
      excluded.published, excluded.transcode_state, excluded.snapshot_state, excluded.review_state,
      excluded.category_id, excluded.video_type);
  return null;
end
$$;

create trigger keep_search after insert or delete on asset for each row execute function keep_asset_search();
create trigger keep_search_of_changed after update on asset
  for each row when (
    (old.title, old.description, old.tags, old.created_at, old.ingest_state, old.published, old.transcode_state,
      old.snapshot_state, old.review_state, old.category_id, old.video_type)
    is distinct from
    (new.title, new.description, new.tags, new.created_at, new.ingest_state, new.published, new.transcode_state,
      new.snapshot_state, new.review_state, new.category_id, new.video_type)
  ) execute function keep_asset_search();
