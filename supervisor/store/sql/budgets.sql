-- Caller: Budgets.budgets, once a start. Reads the table, which is bounded. Locks: none.
select b.key, b.tokens, extract(epoch from b.at)::float8 as at, extract(epoch from b.until)::float8 as until
from healthsup.budgets b
order by b.at desc, b.key
limit %(limit)s::int;
