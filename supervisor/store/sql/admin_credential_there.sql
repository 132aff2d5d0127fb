-- Caller: Admin.credential_id. Index: the unique key of api_credentials. Locks: none.
select a.id from {backend}.api_credentials a
where a."userId" = %(user)s::int and a."apiName" = %(api)s::text and a.environment = %(environment)s::text
  and a.scope = %(scope)s::{backend}."CredentialScope";
