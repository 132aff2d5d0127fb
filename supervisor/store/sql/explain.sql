-- Caller: Reads.explain. Index: the unique key of api_credentials, ("apiName", environment, "isActive") for global rows,
-- then keys. Locks: none. One row an environment: the credential that serves the user there (the rules of part_own_row
-- and part_global_row in one order) with everything that is stored about it. An own provider's name is not there before
-- `run` or `check` opens with it.
with candidate as materialized (
  select a.id, a."userId" as owner_id, a."apiName" as stored_as, a.environment, a.scope = 'global' as shared,
    a.scope = 'global' and not n.personal as fallback, a."updatedAt" as saved_at,
    row_number() over served as place, count(*) over (partition by a.environment) as candidates
  from (
    select n.alias, n.api, n.personal from healthsup.api_name n where n.api = %(api)s::text
    union all
    select %(api)s, %(api)s, false
    where not exists (select from healthsup.api_name n where n.alias = %(api)s::text)) n
  join {backend}.api_credentials a on a."apiName" = n.alias
  where a."isActive"
    and (a."userId" = %(user)s::int or a.scope = 'global' and not n.personal)
    and (%(environment)s::text is null or a.environment = %(environment)s::text)
  window served as (
    partition by a.environment
    order by a.scope = 'global' and not n.personal, a.scope, (a."apiName" = n.api) desc, a."updatedAt" desc, a.id desc)
)
select %(user)s::int as user_id, %(api)s::text as api, k.environment, k.id as credential_id, k.owner_id, k.stored_as,
  k.shared, k.fallback, k.saved_at at time zone 'UTC' as saved_at, (k.candidates - 1)::int as passed_over,
  coalesce(u."isActive", false) as active,
  s.status, s."isAvailable" as available, s."isConfigured" as configured, s.latency as latency_ms,
  s."trustScore" as trust_score, s.message, s.error, s."lastChecked" at time zone 'UTC' as checked_at,
  case when v.checked_at >= s."lastChecked" then v.reason end as reason,
  case when v.checked_at >= s."lastChecked" then v.fault end as fault,
  v.judged, coalesce(v.recent, '{}') as recent, v.credential_id as judged_row,
  c.next_due, coalesce(c.lease_until > now(), false) as in_hand, c.story,
  coalesce(c.story_version = md5(a.credentials), false) as story_holds, c.expires_at,
  coalesce(c.strikes, 0) as strikes, c.quarantined_at, c.quarantine_signal as signal, c.quarantine_phase as phase,
  coalesce(c.quarantine_version = md5(a.credentials), false) as strikes_hold
from candidate k
join {backend}.api_credentials a on a.id = k.id
left join {backend}.users u on u.id = %(user)s::int
left join healthsup.checks c on c.credential_id = k.id
left join {backend}.api_status_snapshots s
  on s."userId" = %(user)s::int and s."apiName" = %(api)s::text and s.environment = k.environment
left join healthsup.verdict v on v.user_id = %(user)s::int and v.api = %(api)s::text and v.environment = k.environment
where k.place = 1
order by k.environment;
