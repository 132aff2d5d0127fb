-- Caller: Witness.install, on a database of the caller's own. Whatever is written is noted down by the database itself.
create schema witness;
create table witness.seen (
  kind text not null,  -- taken, stored, verdict, snapshot
  credential_id int not null,
  attempt bigint not null default 0,
  reason text
);

create function witness.check_written() returns trigger language plpgsql as $$
begin
  if new.attempt is distinct from old.attempt then
    insert into witness.seen values ('taken', new.credential_id, new.attempt, null);
  elsif old.leased_by is not null and new.seen_at is distinct from old.seen_at then
    insert into witness.seen values ('stored', new.credential_id, new.attempt, null);
  end if;
  return null;
end $$;
create trigger witness after update on healthsup.checks for each row execute function witness.check_written();

create function witness.verdict_written() returns trigger language plpgsql as $$
begin
  insert into witness.seen values ('verdict', new.credential_id, 0, new.reason);
  return null;
end $$;
create trigger witness after insert or update on healthsup.verdict
  for each row execute function witness.verdict_written();

create function witness.snapshot_written() returns trigger language plpgsql as $$
begin
  insert into witness.seen select 'snapshot', a.id, 0, new.status from {backend}.api_credentials a
    where a."userId" = new."userId" and a."apiName" = new."apiName" and a.environment = new.environment;
  return null;
end $$;
create trigger witness after insert or update on {backend}.api_status_snapshots
  for each row execute function witness.snapshot_written();
