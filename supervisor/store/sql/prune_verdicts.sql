-- Caller: Results.prune. Reads all verdicts. Locks: the rows it deletes. A removed user's rows go by themselves in the
-- backend's tables; ours have no foreign key on theirs.
delete from healthsup.verdict v where not exists (select from {backend}.users u where u.id = v.user_id);
