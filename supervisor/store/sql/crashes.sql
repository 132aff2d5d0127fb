-- Caller: Reads.crashes. Index: crashes_at. Locks: none.
select at, generation, pid, signal, exit_code, phase, user_id, api, environment, judgement, uptime_s, rss_mib, traceback
from healthsup.crashes
order by at desc, id desc
limit %(limit)s::int;
