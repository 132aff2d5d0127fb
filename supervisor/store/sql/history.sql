-- Caller: Reads.history. Index: ("userId", "apiName", environment) or ("userId", "changedAt"). Locks: none.
select h."userId" as user_id, h."apiName" as api, h.environment, h."changedAt" at time zone 'UTC' as at, h.status,
  h."previousStatus" as previous, h."isAvailable" as available, h."isConfigured" as configured, h.error,
  h.latency as latency_ms, h."trustScore" as trust_score, h.message
from {backend}.api_status_history h
where h."userId" = %(user)s::int and h."apiName" = %(api)s::text
  and (%(environment)s::text is null or h.environment = %(environment)s::text)
order by h."changedAt" desc, h.id desc
limit %(limit)s::int;
