-- Caller: Incidents.count_incident (recorder). Index: incidents_open. Locks: the row it changes.
update healthsup.incidents i set users = %(users)s::int
where i.closed_at is null and i.users < %(users)s::int and i.kind = %(kind)s::text
  and coalesce(i.api, '') = coalesce(%(api)s::text, '') and coalesce(i.host, '') = coalesce(%(host)s::text, '');
