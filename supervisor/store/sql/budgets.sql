-- Caller: Budgets.budgets (feeder: at the start, then once a second while checks are claimed). Reads the table, which is
-- bounded. Locks: none.
select b.key, b.tokens, extract(epoch from b.at)::float8 as at, extract(epoch from b.until)::float8 as until
from healthsup.budgets b
where %(within)s::float8 is null or b.at > now() - make_interval(secs => %(within)s::float8)
order by b.at desc, b.key
limit %(limit)s::int;
