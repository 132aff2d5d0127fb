-- Caller: Results.record_death. Index: none. Locks: none.
insert into healthsup.crashes (at, generation, pid, signal, exit_code, phase, user_id, api, environment, judgement,
  uptime_s, rss_mib, traceback)
select %(at)s::timestamptz, %(generation)s::bigint, %(pid)s::bigint, %(signal)s::text, %(exit_code)s::int,
  %(phase)s::text, %(user_id)s::bigint, %(api)s::text, %(environment)s::text, %(judgement)s::text,
  %(uptime_s)s::float8, %(rss_mib)s::float8, %(traceback)s::text
where not exists (
  select from healthsup.crashes c
  where c.at = %(at)s::timestamptz and c.generation = %(generation)s::bigint and c.pid = %(pid)s::bigint);
