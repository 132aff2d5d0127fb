-- Caller: Incidents.count_incident (recorder). Index: incidents_at. Locks: the row it changes. The newest of that name:
-- another supervisor may have closed it, and knows of fewer.
update healthsup.incidents i set users = %(users)s::int
where i.users < %(users)s::int and i.id = (
  select j.id from healthsup.incidents j
  where j.kind = %(kind)s::text and coalesce(j.api, '') = coalesce(%(api)s::text, '')
    and coalesce(j.host, '') = coalesce(%(host)s::text, '')
  order by j.opened_at desc, j.id desc limit 1);
