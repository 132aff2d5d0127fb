-- Caller: Reads.overdue (metrics, width of the window). Index: checks_due. Locks: none.
select count(*)::int as count
from healthsup.checks c
where c.serving and c.next_due <= now() - make_interval(secs => %(late_by)s::float8) and c.leased_by is null;
