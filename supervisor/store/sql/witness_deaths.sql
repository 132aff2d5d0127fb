-- Caller: Witness.deaths. Index: crashes_pkey. Locks: none.
select id, generation, pid, signal, exit_code, phase, user_id as user, api, judgement
from healthsup.crashes where id > %(after)s::bigint order by id;
