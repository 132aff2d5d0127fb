-- The backend's own tables, in the exact shape and under the names its Prisma schema gives them. Run by the first
-- migration where api_credentials does not exist; never on a database that has it. `{backend}` as in statements.py.
create type {backend}."CredentialScope" as enum ('user', 'global');

create table {backend}.users (
  id serial not null,
  username text not null,
  email text not null,
  password text not null,
  "fullName" text,
  role text not null default 'USER',
  "commissionRate" decimal(6,4) not null default 0.20,
  "fixedMonthlyCost" decimal(18,2) not null default 0,
  balance decimal(18,2) not null default 0,
  "totalEarnings" decimal(18,2) not null default 0,
  "totalSales" integer not null default 0,
  "isActive" boolean not null default true,
  "lastLoginAt" timestamp(3),
  "createdAt" timestamp(3) not null default current_timestamp,
  "updatedAt" timestamp(3) not null,
  "createdBy" integer,
  "paypalPayoutEmail" text,
  "payoneerPayoutEmail" text,
  "onboardingStep" integer not null default 0,
  "onboardingCompleted" boolean not null default false,
  "ebayConnected" boolean not null default false,
  "amazonConnected" boolean not null default false,
  "mercadolibreConnected" boolean not null default false,
  constraint "users_pkey" primary key (id)
);

create table {backend}.api_credentials (
  id serial not null,
  "userId" integer not null,
  "apiName" text not null,
  environment text not null default 'production',
  credentials text not null,
  "isActive" boolean not null default true,
  "createdAt" timestamp(3) not null default current_timestamp,
  "updatedAt" timestamp(3) not null,
  scope {backend}."CredentialScope" not null default 'user',
  "sharedById" integer,
  constraint "api_credentials_pkey" primary key (id)
);

create table {backend}.api_status_snapshots (
  id serial not null,
  "userId" integer not null,
  "apiName" text not null,
  environment text not null default 'production',
  status text not null,
  "isAvailable" boolean not null,
  "isConfigured" boolean not null,
  error text,
  message text,
  latency integer,
  "trustScore" double precision not null default 100.0,
  "lastChecked" timestamp(3) not null default current_timestamp,
  "updatedAt" timestamp(3) not null,
  constraint "api_status_snapshots_pkey" primary key (id)
);

create table {backend}.api_status_history (
  id serial not null,
  "userId" integer not null,
  "apiName" text not null,
  environment text not null default 'production',
  status text not null,
  "previousStatus" text,
  "isAvailable" boolean not null,
  "isConfigured" boolean not null,
  error text,
  message text,
  latency integer,
  "trustScore" double precision default 100.0,
  "changedAt" timestamp(3) not null default current_timestamp,
  "createdAt" timestamp(3) not null default current_timestamp,
  constraint "api_status_history_pkey" primary key (id)
);

create unique index "users_username_key" on {backend}.users (username);
create unique index "users_email_key" on {backend}.users (email);
create index "users_createdAt_idx" on {backend}.users ("createdAt");
create index "users_email_idx" on {backend}.users (email);
create index "users_username_idx" on {backend}.users (username);
create index "users_role_isActive_idx" on {backend}.users (role, "isActive");
create index "api_credentials_userId_apiName_environment_idx"
  on {backend}.api_credentials ("userId", "apiName", environment);
create index "api_credentials_apiName_environment_isActive_idx"
  on {backend}.api_credentials ("apiName", environment, "isActive");
create index "api_credentials_scope_isActive_idx" on {backend}.api_credentials (scope, "isActive");
create unique index "api_credentials_userId_apiName_environment_scope_key"
  on {backend}.api_credentials ("userId", "apiName", environment, scope);
create index "api_status_snapshots_userId_apiName_environment_idx"
  on {backend}.api_status_snapshots ("userId", "apiName", environment);
create index "api_status_snapshots_status_isAvailable_idx" on {backend}.api_status_snapshots (status, "isAvailable");
create unique index "api_status_snapshots_userId_apiName_environment_key"
  on {backend}.api_status_snapshots ("userId", "apiName", environment);
create index "api_status_history_userId_apiName_environment_idx"
  on {backend}.api_status_history ("userId", "apiName", environment);
create index "api_status_history_apiName_environment_status_idx"
  on {backend}.api_status_history ("apiName", environment, status);
create index "api_status_history_changedAt_idx" on {backend}.api_status_history ("changedAt");
create index "api_status_history_userId_changedAt_idx" on {backend}.api_status_history ("userId", "changedAt");

alter table {backend}.users add constraint "users_createdBy_fkey"
  foreign key ("createdBy") references {backend}.users (id) on delete set null on update cascade;
alter table {backend}.api_credentials add constraint "api_credentials_userId_fkey"
  foreign key ("userId") references {backend}.users (id) on delete cascade on update cascade;
alter table {backend}.api_credentials add constraint "api_credentials_sharedById_fkey"
  foreign key ("sharedById") references {backend}.users (id) on delete set null on update cascade;
alter table {backend}.api_status_snapshots add constraint "api_status_snapshots_userId_fkey"
  foreign key ("userId") references {backend}.users (id) on delete cascade on update cascade;
alter table {backend}.api_status_history add constraint "api_status_history_userId_fkey"
  foreign key ("userId") references {backend}.users (id) on delete cascade on update cascade;
