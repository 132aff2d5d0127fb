-- Caller: Results.fan_out (recorder): one chunk of the oldest outcome of a global row, for up to 500 users by key.
-- Our own, or one that its owner left lying for %(abandoned)s seconds. Each credential's outcomes go in their order.
-- Indexes: fanout_pkey, users_pkey, api_credentials unique key. Locks: the fanout row (skip locked), the snapshots and
-- verdicts of the chunk. The cursor moves in the same statement: after a crash it goes on exactly where it stopped.
with picked as materialized (
  select f.* from healthsup.fanout f
  where (f.owner = %(owner)s::text or f.recorded_at <= now() - make_interval(secs => %(abandoned)s::float8))
    and not exists (
      select from healthsup.fanout o where o.credential_id = f.credential_id and o.attempt < f.attempt)
  order by f.recorded_at, f.credential_id
  limit 1
  for update skip locked
), outcome as materialized (
  select k.id, k.user_id, k.scope, k.personal, k.api, k.environment, c.done_through, c.active_within_days, c.status,
    c.available, c.unseen, c.configured, c.reason, c.fault, c.error, c.message, c.latency, c.counts, c.at, c.waiting
  from picked c cross join lateral {part:known} k
  where k.scope = 'global' and not k.personal and k.api = c.api and k.environment = c.environment and {part:global_row}
), page as materialized (
  select u.id, u.served
  from outcome k cross join lateral (
    select u.id, u."isActive" and (k.active_within_days = 0 or greatest(u."lastLoginAt", u."createdAt")
        >= (now() at time zone 'UTC') - make_interval(days => k.active_within_days)) as served
    from {backend}.users u where u.id > k.done_through order by u.id limit %(chunk)s::int) u
), have_own as materialized (
  select distinct x."userId" as id
  from outcome k join {backend}.api_credentials x on x."userId" = any (array(select p.id from page p))
    and x."apiName" = any (array(select n.alias from healthsup.api_name n join outcome o on o.api = n.api))
    and x.environment = k.environment
  where x."isActive" and x.scope = 'user'
), latest as materialized (
  select u.id as user_id, k.id, k.api, k.environment, k.status, k.available, k.unseen, k.configured, k.reason, k.fault,
    k.error, k.message, k.latency, k.counts, k.at, k.waiting
  from page u cross join outcome k
  where u.served and u.id <> k.user_id and u.id <> all (array(select h.id from have_own h))
  order by u.id
), {part:keep}, moved as (
  update healthsup.fanout f set done_through = (select max(p.id) from page p)
  from picked c
  where f.credential_id = c.credential_id and f.attempt = c.attempt
    and (select count(*) from page) = %(chunk)s::int
), finished as (
  delete from healthsup.fanout f using picked c
  where f.credential_id = c.credential_id and f.attempt = c.attempt
    and (select count(*) from page) < %(chunk)s::int
)
select (select count(*) from picked)::int as picked, s.*
from (select) as always left join stored s on true;
