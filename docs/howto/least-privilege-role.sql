-- The smallest role healthsup can work with beside an existing backend. Run it once in the backend's database, as the
-- owner of the backend's tables or a superuser. Safe to repeat.
--
-- To change where yours differ: `public`, the schema of the backend's tables; `healthsup`, the role (after `authorization`
-- and `to`). The schema's own name stays `healthsup`.
--
-- The role reads what it must of users and credentials and can write neither; it keeps the status tables; it owns its
-- own schema. It can create nothing elsewhere.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'healthsup') then
    create role healthsup login;
  end if;
end
$$;

create schema if not exists healthsup authorization healthsup;

grant usage on schema public to healthsup;
grant select (id, username, email, "isActive", "lastLoginAt", "createdAt") on public.users to healthsup;
grant select (id, "userId", "apiName", environment, credentials, "isActive", scope, "createdAt", "updatedAt")
  on public.api_credentials to healthsup;
grant select, insert, update, delete on public.api_status_snapshots, public.api_status_history to healthsup;
grant usage on sequence public.api_status_snapshots_id_seq, public.api_status_history_id_seq to healthsup;
