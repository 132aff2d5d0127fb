-- Caller: Witness.begin. Index: checks_pkey. Locks: all checks, on a database that nobody else works on.
-- Those named are due in the order given and everything held against them is forgotten; no start-up pass takes the
-- others, which were seen in the far future.
update healthsup.checks c
set strikes = 0, quarantined_at = null, quarantine_version = null, quarantine_build = null, quarantine_signal = null,
  quarantine_phase = null, seen_by = null,
  seen_at = case when d.place is null then now() + interval '1 year' end,
  next_due = case when d.place is null then now() + interval '1 year'
    else now() - interval '1 hour' + make_interval(secs => d.place) end
from healthsup.checks k
left join unnest(%(checks)s::int[]) with ordinality as d (credential_id, place) on d.credential_id = k.credential_id
where c.credential_id = k.credential_id;
