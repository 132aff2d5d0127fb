-- Caller: Claims.renew. Index: checks_pkey. Locks: the checks named, in the order of their ids.
with locked as materialized (
  select c.credential_id from healthsup.checks c
  where c.credential_id = any (%(checks)s::int[]) order by c.credential_id for update
)
update healthsup.checks c
set lease_until = now() + make_interval(secs => %(lease_for)s::float8)
from locked l, unnest(%(checks)s::int[], %(attempts)s::bigint[]) as h (credential_id, attempt)
where c.credential_id = l.credential_id and c.credential_id = h.credential_id
  and c.attempt = h.attempt and c.leased_by = %(owner)s::text
returning c.credential_id as check;
