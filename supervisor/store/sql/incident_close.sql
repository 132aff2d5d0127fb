-- Caller: Incidents.close_incident (recorder). Index: incidents_open. Locks: the row it closes.
update healthsup.incidents i
set closed_at = greatest(i.opened_at, %(at)s::timestamptz), users = greatest(i.users, %(users)s::int)
where i.closed_at is null and i.kind = %(kind)s::text
  and coalesce(i.api, '') = coalesce(%(api)s::text, '') and coalesce(i.host, '') = coalesce(%(host)s::text, '')
returning i.users;
