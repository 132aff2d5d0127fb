-- Caller: Admin.remove_user, on tables of our own only. Locks: the row, and by cascade all that is the user's.
delete from {backend}.users where id = %(id)s::int returning id;
