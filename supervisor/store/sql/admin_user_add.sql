-- Caller: Admin.add_user, on tables of our own only. Locks: the new row. The password is none that any hash equals.
insert into {backend}.users (username, email, password, "isActive", "createdAt", "updatedAt")
values (%(username)s::text, %(email)s::text, '!', %(active)s::boolean, now() at time zone 'UTC',
  now() at time zone 'UTC')
on conflict do nothing
returning id;
