-- Caller: Results.prune, in batches. Index: ("changedAt"), may be absent. Locks: the rows it deletes, skip locked.
delete from {backend}.api_status_history h
where h.id = any (array(
  select o.id from {backend}.api_status_history o
  where o."changedAt" < (now() at time zone 'UTC') - make_interval(days => %(keep_days)s::int)
    and o."apiName" = any (%(apis)s::text[])
  limit %(limit)s::int
  for update skip locked));
