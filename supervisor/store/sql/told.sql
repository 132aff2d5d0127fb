-- Caller: Results.told (check, for what another supervisor had in hand, and for what
-- was stored without our hearing of it). Reads checks of the selection once, then
-- verdicts and snapshots by key. Locks: none. Where a newer snapshot of the backend stands, that one is told.
with theirs as materialized (
  select c.credential_id
  from healthsup.checks c cross join lateral {part:known} k
  where c.seen_at >= %(since)s::timestamptz
    and k.api = any (%(apis)s::text[])
    and (%(environment)s::text is null or k.environment = %(environment)s::text)
    and {part:serves}
)
select s."userId" as user_id, s."apiName" as api, s.environment, s.status,
  case when v.checked_at >= s."lastChecked" then v.reason end as reason,
  case when v.checked_at >= s."lastChecked" then v.fault end as fault,
  s."isAvailable" as available, s."isConfigured" as configured, s.latency as latency_ms,
  s."trustScore" as trust_score, s.message, s."lastChecked" at time zone 'UTC' as checked_at,
  null as previous, false as changed, v.checked_at < s."lastChecked" as superseded
from healthsup.verdict v
join {backend}.api_status_snapshots s
  on s."userId" = v.user_id and s."apiName" = v.api and s.environment = v.environment
where v.credential_id = any (array(select t.credential_id from theirs t))
order by s."userId", s."apiName", s.environment;
