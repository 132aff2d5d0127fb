-- Caller: Witness.cut_connections. Ends every other session of this database that `run` has. Locks: none.
select count(*) filter (where pg_terminate_backend(pid))::int from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and application_name = 'healthsup';
