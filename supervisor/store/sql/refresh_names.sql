-- Caller: Schema.refresh_names (migrate; run and check as they open). Reads checks.
-- Locks: only the names that differ. What another host may have in its configuration stays as long as that host is at
-- work, which is: has stored something within a day.
with wanted as materialized (
  select * from unnest(%(aliases)s::text[], %(apis)s::text[], %(personal)s::bool[]) as w (alias, api, personal)
), gone as (
  delete from healthsup.api_name n
  where %(forget)s::bool and not exists (select from wanted w where w.alias = n.alias)
    and not exists (
      select from healthsup.checks c
      where split_part(c.seen_by, '/', 1) <> %(host)s::text and c.seen_at > now() - interval '1 day')
)
insert into healthsup.api_name as n (alias, api, personal)
select w.alias, w.api, w.personal from wanted w order by w.alias
on conflict (alias) do update set api = excluded.api, personal = excluded.personal
where (n.api, n.personal) is distinct from (excluded.api, excluded.personal);
