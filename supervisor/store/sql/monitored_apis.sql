-- Caller: Incidents.monitored_apis (feeder). Reads all checks. Locks: none.
select distinct c.api from healthsup.checks c where c.serving and c.api = any (%(apis)s::text[]);
