-- Caller: Admin.users, page by page. Index: users_pkey. Locks: none.
select u.id, u.username, u.email, u."isActive" as active,
  (select count(*)::int from {backend}.api_credentials a where a."userId" = u.id) as credentials,
  u."lastLoginAt" at time zone 'UTC' as last_login_at, u."createdAt" at time zone 'UTC' as created_at
from {backend}.users u
where u.id > %(after)s::int and (%(user)s::int is null or u.id = %(user)s::int)
order by u.id
limit %(limit)s::int;
