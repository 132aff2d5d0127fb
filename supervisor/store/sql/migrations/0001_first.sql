-- The system's own tables. No foreign key, trigger or index touches the backend's tables: it may migrate them freely.
-- One sequence numbers every attempt at every check: a number never returns, even when a check is forgotten and
-- registered anew.
create sequence healthsup.attempt as bigint;

create table healthsup.schema_version (
  version int primary key,
  name text not null,
  applied_at timestamptz not null default now()
);

-- Whether `migrate` made the backend's tables itself (a stand-alone database); one row.
create table healthsup.installation (
  one boolean primary key default true check (one),
  standalone boolean not null,
  installed_at timestamptz not null default now()
);

-- Every name under which a known api is stored; refreshed from the program's own catalog.
create table healthsup.api_name (
  alias text primary key,
  api text not null,
  personal boolean not null
);

-- One row for every active credential of a known api: when it is due, who has it in hand, under which number.
create table healthsup.checks (
  credential_id int primary key,
  user_id int not null,
  api text not null,
  environment text not null,
  serving boolean not null default true,
  attempt bigint not null default 0,
  next_due timestamptz not null,
  leased_by text,
  lease_until timestamptz,
  seen_at timestamptz,
  seen_by text,
  strikes int not null default 0,
  quarantined_at timestamptz,
  quarantine_version text,
  quarantine_build text,
  quarantine_signal text,
  quarantine_phase text,
  constraint lease_is_whole check ((leased_by is null) = (lease_until is null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index checks_due on healthsup.checks (next_due, credential_id) where serving;
create index checks_user on healthsup.checks (user_id, credential_id);

-- How the snapshot of the same key came about; `recent`: the last statuses that count, newest first, at most ten.
create table healthsup.verdict (
  user_id int not null,
  api text not null,
  environment text not null,
  credential_id int not null,
  reason text not null,
  fault text,
  recent text[] not null,
  checked_at timestamp(3) not null,
  primary key (user_id, api, environment)
);

-- The outcome of a global row that not everybody who falls back to it has been told yet; `done_through`: the user id
-- up to which everybody has.
create table healthsup.fanout (
  credential_id int not null,
  attempt bigint not null,
  owner text not null,
  recorded_at timestamptz not null,
  done_through int not null default 0,
  active_within_days int not null,
  api text not null,
  environment text not null,
  status text,
  available boolean,
  unseen boolean not null,
  configured boolean not null,
  reason text not null,
  fault text,
  error text,
  message text not null,
  latency int,
  counts boolean not null,
  at timestamp(3) not null,
  primary key (credential_id, attempt)
);

create table healthsup.crashes (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  generation bigint not null,
  pid bigint not null,
  signal text,
  exit_code int,
  phase text,
  user_id bigint,
  api text,
  environment text,
  judgement text,
  uptime_s float8,
  rss_mib float8,
  traceback text
);
create index crashes_at on healthsup.crashes (at desc, id desc);
