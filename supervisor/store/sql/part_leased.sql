-- Second half of a claim: lease what `picked` locked, and read its ciphertext. The attempt comes from one sequence,
-- so that no number returns even when a check is forgotten and registered anew.
leased as (
  update healthsup.checks c
  set attempt = nextval('healthsup.attempt'), leased_by = %(owner)s::text,
      lease_until = now() + make_interval(secs => %(lease_for)s::float8)
  from picked p
  where c.credential_id = p.id
  returning c.credential_id, c.attempt, c.next_due, c.strikes
)
select l.credential_id as check, l.attempt, p.user_id as user, p.api, left(p.environment, %(short)s::int) as environment,
  left(a.credentials, %(chars)s::int) as ciphertext, extract(epoch from l.next_due)::float8 as next_due, l.strikes
from leased l
join picked p on p.id = l.credential_id
join {backend}.api_credentials a on a.id = l.credential_id
