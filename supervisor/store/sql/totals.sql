-- Caller: Reads.totals (the line of `systemctl status`), every half minute. Reads all snapshots, which are narrow. Locks: none.
select count(*)::int as snapshots, count(*) filter (where s.status = 'unhealthy')::int as unhealthy
from {backend}.api_status_snapshots s;
