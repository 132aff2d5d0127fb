-- Caller: Budgets.save_budgets (recorder). Index: budgets_pkey. Locks: the rows named, in the order of their keys.
-- Of two states of a budget the newer counts, of two waits the longer: another supervisor may have drawn on it too.
insert into healthsup.budgets as b (key, tokens, at, until)
select s.key, s.tokens, least(to_timestamp(s.at), now()), to_timestamp(s.until)
from unnest(%(keys)s::text[], %(tokens)s::float8[], %(at)s::float8[], %(until)s::float8[]) as s (key, tokens, at, until)
order by s.key
on conflict (key) do update
set tokens = case when b.at <= excluded.at then excluded.tokens else b.tokens end,
  at = greatest(b.at, excluded.at), until = greatest(b.until, excluded.until);
