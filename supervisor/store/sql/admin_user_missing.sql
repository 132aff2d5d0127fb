-- Caller: Admin.require_users. Index: users_pkey. Locks: none.
select wanted.id from unnest(%(users)s::int[]) as wanted (id)
where not exists (select from {backend}.users u where u.id = wanted.id)
order by 1;
