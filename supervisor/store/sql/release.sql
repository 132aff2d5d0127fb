-- Caller: Claims.release. Index: checks_pkey. Locks: the checks named, in the order of their ids.
with locked as materialized (
  select c.credential_id from healthsup.checks c
  where c.credential_id = any (%(checks)s::int[]) order by c.credential_id for update
)
update healthsup.checks c
set leased_by = null, lease_until = null
from locked l, unnest(%(checks)s::int[], %(attempts)s::bigint[]) as h (credential_id, attempt)
where c.credential_id = l.credential_id and c.credential_id = h.credential_id
  and c.attempt = h.attempt and c.leased_by = %(owner)s::text;
