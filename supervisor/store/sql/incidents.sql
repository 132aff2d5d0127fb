-- Caller: Incidents.incidents (incidents). Index: incidents_at; the open ones are few. Locks: none.
select i.api, i.kind, i.opened_at, i.closed_at, i.users
from healthsup.incidents i
order by i.closed_at is not null, i.opened_at desc, i.id desc
limit %(limit)s::int;
