-- Caller: Admin.add_user, to say which of the two it was. Index: the unique keys of users. Locks: none.
select case when u.username = %(username)s::text then 'name' else 'e-mail address' end as taken
from {backend}.users u
where u.username = %(username)s::text or u.email = %(email)s::text
order by u.username = %(username)s::text desc
limit 1;
