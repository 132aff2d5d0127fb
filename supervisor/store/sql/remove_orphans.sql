-- Caller: Results.remove_orphans, in batches. Reads snapshots and credentials (no ciphertexts): two anti-joins, one
-- for a row of the user's own, one for a global row; together with `or` the planner could only compare all with all.
-- Locks: the snapshots it deletes, skip locked, then their verdicts. A user's inactivity alone removes nothing.
with gone as materialized (
  select s.id
  from {backend}.api_status_snapshots s
  where s."apiName" = any (%(apis)s::text[])
    and not exists (
      select from {backend}.api_credentials a join healthsup.api_name n on n.alias = a."apiName"
      where a."userId" = s."userId" and n.api = s."apiName" and a.environment = s.environment and a."isActive")
    and not exists (
      select from {backend}.api_credentials a join healthsup.api_name n on n.alias = a."apiName"
      where n.api = s."apiName" and a.environment = s.environment and a."isActive"
        and a.scope = 'global' and not n.personal)
  order by s."userId", s."apiName", s.environment
  limit %(limit)s::int
  for update of s skip locked
), removed as (
  delete from {backend}.api_status_snapshots s
  where s.id = any (array(select g.id from gone g))
  returning s."userId" as user_id, s."apiName" as api, s.environment, s.status as previous, s."trustScore" as trust,
    greatest(s."lastChecked", date_trunc('milliseconds', now() at time zone 'UTC')) as at
), forgotten as (
  delete from healthsup.verdict v using removed r
  where v.user_id = r.user_id and v.api = r.api and v.environment = r.environment
), history as (
  insert into {backend}.api_status_history ("userId", "apiName", environment, status, "previousStatus",
    "isAvailable", "isConfigured", error, message, latency, "trustScore", "changedAt", "createdAt")
  select r.user_id, r.api, r.environment, 'unknown', r.previous, false, false, null, 'credential removed', null, r.trust,
    r.at, date_trunc('milliseconds', now() at time zone 'UTC')
  from removed r
)
select r.user_id, r.api, r.environment, r.previous from removed r order by r.user_id, r.api, r.environment;
