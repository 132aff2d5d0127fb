-- What a check leaves behind beside its outcome. Nothing is filled in: it comes with the next look.
-- `story`: how the verdict came about, as the worker encoded it; `story_version`: of the credential it tells about.
-- `expires_at`: when the credential will end, `warned`: the last number of days before it of which word was given.
-- `saved_at`: when the row that was last taken in hand had been saved; what was saved since is looked at soon.
alter table healthsup.checks
  add column story bytea,
  add column story_version text,
  add column expires_at timestamptz,
  add column warned int,
  add column saved_at timestamp(3);

-- The last reason and fault that were more than "fields are complete": what the status that is kept rests on.
alter table healthsup.verdict
  add column judged text,
  add column judged_fault text;
update healthsup.verdict set judged = reason, judged_fault = fault where reason <> 'valid_unprobed';

-- `waiting`: nothing was asked, the last verdict holds.
alter table healthsup.fanout
  add column waiting boolean not null default false;

-- Request budgets that a restart may not fill up again. `key` says nothing of whose they are. A row that matters is
-- written anew with each check that draws on it.
create table healthsup.budgets (
  key text primary key,
  tokens float8 not null,
  at timestamptz not null,
  until timestamptz not null
) with (fillfactor = 80);
