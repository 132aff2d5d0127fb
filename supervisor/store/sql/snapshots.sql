-- Caller: Reads.snapshots, page by page. Index: the unique key of api_status_snapshots, never OFFSET. Locks: none.
select s."userId" as user_id, s."apiName" as api, s.environment, s.status, v.reason, v.fault,
  s."isAvailable" as available, s."isConfigured" as configured, s.latency as latency_ms,
  s."trustScore" as trust_score, s.message, s."lastChecked" at time zone 'UTC' as checked_at,
  c.expires_at
from {backend}.api_status_snapshots s
left join healthsup.verdict v on v.user_id = s."userId" and v.api = s."apiName" and v.environment = s.environment
  and v.checked_at >= s."lastChecked"
left join healthsup.checks c on c.credential_id = v.credential_id
where (s."userId", s."apiName", s.environment) > (%(after_user)s::int, %(after_api)s::text, %(after_environment)s::text)
  and (%(user)s::int is null or s."userId" = %(user)s::int)
  and (%(api)s::text is null or s."apiName" = %(api)s::text)
order by s."userId", s."apiName", s.environment
limit %(limit)s::int;
