-- Trouble of many at once. `api` null: the egress of one host, which `host` names; any other is everybody's, and any
-- supervisor may close it. `users`: how many tenants it has touched.
create table healthsup.incidents (
  id bigint generated always as identity primary key,
  api text,
  kind text not null,
  host text,
  opened_at timestamptz not null,
  closed_at timestamptz,
  users int not null
);
create unique index incidents_open on healthsup.incidents (kind, coalesce(api, ''), coalesce(host, ''))
  where closed_at is null;
create index incidents_at on healthsup.incidents (opened_at desc, id desc);
