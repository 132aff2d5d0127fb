-- Caller: Witness.begin. Locks: the witness's own tables.
truncate witness.seen;
