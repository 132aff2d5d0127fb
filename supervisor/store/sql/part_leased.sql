-- Second half of a claim: lease what `picked` locked, and read its ciphertext. The attempt comes from one sequence,
-- so that no number returns even when a check is forgotten and registered anew. Strikes and quarantine hold for the
-- credential's version and the worker's build they were given for: when either has changed they are over. `previous` is
-- the reason of the owner's verdict on this row, or, where that only says that no request was made, the one before.
leased as (
  update healthsup.checks c
  set attempt = nextval('healthsup.attempt'), leased_by = %(owner)s::text,
      lease_until = now() + make_interval(secs => %(lease_for)s::float8),
      saved_at = (select a."updatedAt" from {backend}.api_credentials a where a.id = c.credential_id)
  where c.credential_id = any (array(select p.id from picked p))
  returning c.credential_id, c.attempt, c.next_due, c.strikes, c.quarantined_at, c.quarantine_version,
    c.quarantine_build, c.quarantine_signal, c.quarantine_phase, c.expires_at, c.warned
)
select l.credential_id as check, l.attempt, p.user_id as user, p.api, left(p.environment, %(short)s::int) as environment,
  left(a.credentials, %(chars)s::int) as ciphertext, extract(epoch from l.next_due)::float8 as next_due,
  case when same.still then l.strikes else 0 end as strikes,
  same.still and l.quarantined_at is not null as quarantined, same.version,
  case when same.still then l.quarantine_signal end as signal,
  case when same.still then l.quarantine_phase end as phase,
  v.reason as previous, extract(epoch from a."updatedAt")::float8 as saved_at,
  extract(epoch from l.expires_at)::float8 as expires_at, l.warned
from leased l
join picked p on p.id = l.credential_id
cross join lateral (
  select a.credentials, a."updatedAt" from {backend}.api_credentials a where a.id = l.credential_id offset 0) a
left join lateral (
  select coalesce(v.judged, v.reason) as reason from healthsup.verdict v
  where v.user_id = p.user_id and v.api = p.api and v.environment = p.environment and v.credential_id = p.id
  offset 0) v on true
cross join lateral (
  select md5(a.credentials) as version,
    coalesce(l.quarantine_version = md5(a.credentials) and l.quarantine_build = %(build)s::text, false) as still
) same
