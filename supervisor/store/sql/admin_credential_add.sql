-- Caller: Admin.add_credential, on tables of our own only. Locks: the row. No row comes back where one is there
-- already and may not be replaced. `updatedAt` always moves on: a new value is a new version of the credential.
insert into {backend}.api_credentials as a
  ("userId", "apiName", environment, credentials, scope, "sharedById", "createdAt", "updatedAt")
values (%(user)s::int, %(api)s::text, %(environment)s::text, %(ciphertext)s::text,
  %(scope)s::{backend}."CredentialScope", case %(scope)s::text when 'global' then %(user)s::int end,
  now() at time zone 'UTC', now() at time zone 'UTC')
on conflict ("userId", "apiName", environment, scope) do update
set credentials = excluded.credentials, "isActive" = true,
  "updatedAt" = greatest(excluded."updatedAt", a."updatedAt" + interval '1 millisecond')
where %(replace)s::boolean
returning a.id;
