-- Caller: Incidents.prune_incidents. Reads incidents, and checks while another host's egress is open for long. Locks: the
-- rows it changes. A host that has stored nothing for a day is gone, and its egress with it: a container's successor has
-- another name, and would never close it.
with gone as (
  update healthsup.incidents i set closed_at = now()
  where i.closed_at is null and i.host <> %(host)s::text and i.opened_at < now() - interval '1 day'
    and not exists (
      select from healthsup.checks c
      where split_part(c.seen_by, '/', 1) = i.host and c.seen_at > now() - interval '1 day')
)
delete from healthsup.incidents i where i.closed_at < now() - make_interval(days => %(keep_days)s::int);
