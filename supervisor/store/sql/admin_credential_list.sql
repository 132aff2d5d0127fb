-- Caller: Admin.credentials, page by page. Index: api_credentials_pkey. Locks: none. Never the ciphertext.
select a.id, a."userId" as user_id, a."apiName" as api, a.environment, a.scope::text as scope,
  a."isActive" as active, a."updatedAt" at time zone 'UTC' as updated_at
from {backend}.api_credentials a
where a.id > %(after)s::int
  and (%(id)s::int is null or a.id = %(id)s::int)
  and (%(user)s::int is null or a."userId" = %(user)s::int)
  and (%(names)s::text[] is null or a."apiName" = any (%(names)s::text[]))
order by a.id
limit %(limit)s::int;
