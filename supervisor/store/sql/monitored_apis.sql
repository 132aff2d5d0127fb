-- Caller: Incidents.monitored_apis (feeder). Reads all checks. Locks: none.
select c.api, count(distinct c.user_id)::int as tenants
from healthsup.checks c
where c.serving and c.api = any (%(apis)s::text[])
group by c.api;
