-- Caller: Claims.held_by_others. Reads all checks (the ids of 100 000 in about 10 ms). Locks: none.
select (
  select count(*)
  from healthsup.checks c cross join lateral {part:known} k
  where c.leased_by is not null and c.leased_by <> %(owner)s::text and c.lease_until > now()
    and (c.seen_at is null or c.seen_at < %(since)s::timestamptz)
    and k.api = any (%(apis)s::text[])
    and (%(environment)s::text is null or k.environment = %(environment)s::text)
    and {part:serves}
) + (
  select count(*)
  from healthsup.fanout f
  where f.owner <> %(owner)s::text and f.recorded_at >= %(since)s::timestamptz
    and f.api = any (%(apis)s::text[])
    and (%(environment)s::text is null or f.environment = %(environment)s::text)
    and (%(users)s::int[] is null or f.done_through < any (%(users)s::int[]))
) as held;
