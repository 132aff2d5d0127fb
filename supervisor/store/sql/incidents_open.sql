-- Caller: Incidents.open_incidents (recorder). Index: incidents_open. Locks: none.
-- Another host's egress is none of ours.
select i.api, i.kind, i.opened_at, i.closed_at, i.users
from healthsup.incidents i
where i.closed_at is null and (i.host is null or i.host = %(host)s::text)
order by i.opened_at, i.id;
