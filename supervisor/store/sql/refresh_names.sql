-- Caller: Schema.refresh_names (migrate; run and check as they open). Locks: only the names that differ.
with wanted as materialized (
  select * from unnest(%(aliases)s::text[], %(apis)s::text[], %(personal)s::bool[]) as w (alias, api, personal)
), gone as (
  delete from healthsup.api_name n
  where %(forget)s::bool and not exists (select from wanted w where w.alias = n.alias)
)
insert into healthsup.api_name as n (alias, api, personal)
select w.alias, w.api, w.personal from wanted w order by w.alias
on conflict (alias) do update set api = excluded.api, personal = excluded.personal
where (n.api, n.personal) is distinct from (excluded.api, excluded.personal);
