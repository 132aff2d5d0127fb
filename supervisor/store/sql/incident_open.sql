-- Caller: Incidents.open_incident (recorder). Index: incidents_open, which lets one of several supervisors have it.
-- Locks: the row it makes.
insert into healthsup.incidents (api, kind, host, opened_at, users)
values (%(api)s::text, %(kind)s::text, %(host)s::text, %(at)s::timestamptz, %(users)s::int)
on conflict do nothing
returning id;
