-- Caller: Admin.lacking (run, check, doctor). What the role may not do and must; a grant on some columns counts. An
-- identity column's sequence needs no grant, a serial one's does. Locks: none.
with backend as (
  select c.oid, c.relname as name, pg_catalog.format('%%I.%%I', n.nspname, c.relname) as qualified
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = %(schema)s::text
)
select w.privilege || ' on ' || w.name as lacking
from (values
    ('users', 'SELECT'), ('api_credentials', 'SELECT'),
    ('api_status_snapshots', 'SELECT'), ('api_status_snapshots', 'INSERT'), ('api_status_snapshots', 'UPDATE'),
    ('api_status_snapshots', 'DELETE'), ('api_status_history', 'SELECT'), ('api_status_history', 'INSERT'),
    ('api_status_history', 'DELETE')
  ) as w (name, privilege)
join backend b using (name)
where not case w.privilege when 'DELETE' then has_table_privilege(b.oid, w.privilege)
               else has_any_column_privilege(b.oid, w.privilege) end
union all
select 'USAGE on ' || s.relname
from backend b
join pg_catalog.pg_attribute a on a.attrelid = b.oid and a.attname = 'id' and a.attidentity = ''
join pg_catalog.pg_class s on s.oid = pg_catalog.pg_get_serial_sequence(b.qualified, a.attname)::regclass
where b.name in ('api_status_snapshots', 'api_status_history') and not has_sequence_privilege(s.oid, 'USAGE, UPDATE')
order by 1;
