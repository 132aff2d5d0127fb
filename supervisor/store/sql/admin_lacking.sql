-- Caller: Admin.lacking (doctor). What the role may not do and must; a grant on some columns counts. Locks: none.
select w.privilege || ' on ' || w.name as lacking
from (values
    ('users', 'SELECT'), ('api_credentials', 'SELECT'),
    ('api_status_snapshots', 'SELECT'), ('api_status_snapshots', 'INSERT'), ('api_status_snapshots', 'UPDATE'),
    ('api_status_snapshots', 'DELETE'), ('api_status_history', 'SELECT'), ('api_status_history', 'INSERT'),
    ('api_status_history', 'DELETE')
  ) as w (name, privilege)
join pg_catalog.pg_class c on c.relname = w.name
join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = %(schema)s::text
where not case w.privilege when 'DELETE' then has_table_privilege(c.oid, w.privilege)
               else has_any_column_privilege(c.oid, w.privilege) end
order by 1;
