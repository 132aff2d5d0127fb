-- Caller: Claims.release_quarantine (quarantine release). Index: checks_user. Locks: the checks it releases.
update healthsup.checks
set quarantined_at = null, strikes = 0, quarantine_version = null, quarantine_build = null, quarantine_signal = null,
  quarantine_phase = null, next_due = now()
where user_id = %(user)s::int and api = %(api)s::text and quarantined_at is not null
  and (%(environment)s::text is null or environment = %(environment)s::text);
