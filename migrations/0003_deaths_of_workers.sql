-- How many tries in a row ended because their worker died; counted apart from `suspect`, which is the task's own doing far more often.
alter table engine.task add column deaths integer not null default 0;
