-- Caller: Claims.set_aside. Index: checks_pkey. Locks: the check named.
-- An outcome that cannot be stored ends its attempt all the same: the check is looked at again in its next slot.
update healthsup.checks
set leased_by = null, lease_until = null, seen_at = now(), seen_by = %(owner)s::text, next_due = %(next_due)s::timestamptz
where credential_id = %(check)s::int and attempt = %(attempt)s::bigint and leased_by = %(owner)s::text;
