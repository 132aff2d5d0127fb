-- Caller: Claims.claim_due (feeder). Index: checks_due, then keys. Locks: the checks it returns, for update skip locked.
with picked as materialized (
  select k.id, k.user_id, k.api, k.environment
  from healthsup.checks c cross join lateral {part:known} k
  where c.serving and c.next_due <= now() and (c.leased_by is null or c.lease_until <= now())
    and k.api = any (%(apis)s::text[])
    and {part:serves}
  order by c.next_due, c.credential_id
  limit %(limit)s::int
  for update of c skip locked
), {part:leased}
order by l.next_due, l.credential_id;
