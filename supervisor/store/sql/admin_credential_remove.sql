-- Caller: Admin.remove_credential, on tables of our own only. Locks: the row.
delete from {backend}.api_credentials where id = %(id)s::int returning id;
