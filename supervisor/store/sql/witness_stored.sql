-- Caller: Witness.stored. Reads what was noted since the round began. Locks: none.
select distinct credential_id from witness.seen where kind = 'stored';
