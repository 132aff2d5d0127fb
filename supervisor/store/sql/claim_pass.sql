-- Caller: Claims.claim_pass (start-up pass, check). Index: checks_user by key, never OFFSET.
-- Locks: the checks it returns, for update skip locked.
with picked as materialized (
  select k.id, k.user_id, k.api, k.environment
  from healthsup.checks c cross join lateral {part:known} k
  where (c.user_id, c.credential_id) > (%(after_user)s::int, %(after_check)s::int)
    and (c.seen_at is null or c.seen_at < %(since)s::timestamptz)
    and (c.leased_by is null or c.lease_until <= now())
    and k.api = any (%(apis)s::text[])
    and (%(environment)s::text is null or k.environment = %(environment)s::text)
    and {part:serves}
  order by c.user_id, c.credential_id
  limit %(limit)s::int
  for update of c skip locked
), {part:leased}
order by p.user_id, l.credential_id;
