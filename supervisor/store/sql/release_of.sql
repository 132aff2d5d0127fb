-- Caller: Claims.release_of. Reads all checks, once a start. Locks: the checks of those owners, in the order of their ids.
-- What they had not yet told everybody about becomes ours to tell.
with locked as materialized (
  select c.credential_id from healthsup.checks c
  where c.leased_by = any (%(owners)s::text[]) order by c.credential_id for update
), taken as (
  update healthsup.fanout set owner = %(owner)s::text where owner = any (%(owners)s::text[])
)
update healthsup.checks c
set leased_by = null, lease_until = null
from locked l
where c.credential_id = l.credential_id and c.leased_by = any (%(owners)s::text[]);
