-- Caller: Budgets.prune_budgets. Reads the table, which it keeps bounded. Locks: the rows it deletes.
-- What was not drawn on for two days is full again, or waits for a date; after a month its credential is gone. Beyond
-- a number, which a worker could be made to reach, the oldest go.
delete from healthsup.budgets b
where b.at < now() - case when b.until <= now() then interval '2 days' else interval '32 days' end
  or b.key in (select o.key from healthsup.budgets o order by o.at desc, o.key offset %(most)s::int);
