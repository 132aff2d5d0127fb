-- Caller: Claims.sync (feeder, now and then). Reads all of api_credentials (without the ciphertexts) and users.
-- Locks: only the checks that change, in the order of their ids, for update skip locked: never waits for anybody.
-- A row that was saved anew since it was taken in hand is due now, however long its provider asked to be left alone.
-- `serving` only keeps rows nobody needs out of the index of due checks; a claim decides for itself.
with known as materialized (
  select a.id, a."userId" as user_id, n.api, n.personal, a.environment, a."updatedAt" as saved_at,
    a.scope = 'user' or n.personal as own,
    row_number() over (
      partition by n.api, a.environment, a.scope = 'user' or n.personal,
        case when a.scope = 'user' or n.personal then a."userId" end
      order by a.scope, (a."apiName" = n.api) desc, a."updatedAt" desc, a.id desc) = 1 as first
  from {backend}.api_credentials a join healthsup.api_name n on n.alias = a."apiName"
  where a."isActive"
), shared as materialized (
  select k.id, exists (
      select from {backend}.users u
      where {part:active} and not {part:has_own}) as needed
  from known k where not k.own and k.first
), wanted as materialized (
  select k.id, k.user_id, k.api, k.environment, k.saved_at,
    k.api = any (%(apis)s::text[]) and k.first and case
      when k.own then u.id is not null and {part:active}
      else coalesce(s.needed, false) end as serving
  from known k
  left join {backend}.users u on u.id = k.user_id
  left join shared s on s.id = k.id
), differs as materialized (
  select c.credential_id from healthsup.checks c left join wanted w on w.id = c.credential_id
  where w.id is null or (c.user_id, c.api, c.environment, c.serving)
    is distinct from (w.user_id, w.api, w.environment, w.serving)
    or c.saved_at <> w.saved_at and c.next_due > now()
), changing as materialized (
  select c.credential_id from healthsup.checks c
  where c.credential_id = any (array(select d.credential_id from differs d))
  order by c.credential_id for update skip locked
), gone as (
  delete from healthsup.checks c using changing g
  where c.credential_id = g.credential_id and not exists (select from wanted w where w.id = g.credential_id)
  returning 1
), moved as (
  update healthsup.checks c
  set user_id = w.user_id, api = w.api, environment = w.environment, serving = w.serving,
    next_due = case when c.saved_at <> w.saved_at then least(c.next_due, now()) else c.next_due end
  from changing g join wanted w on w.id = g.credential_id
  where c.credential_id = g.credential_id
  returning 1
), added as (
  insert into healthsup.checks (credential_id, user_id, api, environment, serving, next_due)
  select w.id, w.user_id, w.api, w.environment, w.serving, now()
  from wanted w
  where not exists (select from healthsup.checks c where c.credential_id = w.id)
  order by w.id
  on conflict (credential_id) do nothing
  returning 1
)
select ((select count(*) from gone) + (select count(*) from moved) + (select count(*) from added))::int as changes;
