-- Caller: Claims.quarantined (quarantine list). Reads all checks. Locks: none.
select c.user_id, c.api, left(c.environment, 64) as environment, c.strikes, c.quarantine_signal as signal,
  c.quarantine_phase as phase, c.quarantined_at as since
from healthsup.checks c
join {backend}.api_credentials a on a.id = c.credential_id
where c.quarantined_at is not null and a."isActive" and c.quarantine_version = md5(a.credentials)
order by c.user_id, c.api, c.environment, c.credential_id;
