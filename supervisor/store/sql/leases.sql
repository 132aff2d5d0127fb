-- Caller: Claims.leases. Reads all checks, once a start. Locks: none.
select c.leased_by as owner from healthsup.checks c where c.leased_by is not null
union
select f.owner from healthsup.fanout f
order by owner;
