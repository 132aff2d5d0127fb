-- Caller: Results.record (recorder), up to 100 outcomes. One statement: compare-and-set, snapshots, history, verdicts.
-- Indexes: checks_pkey, api_credentials_pkey and unique key, users_pkey, unique keys of what is written.
-- Locks: the checks named, then the snapshots and verdicts of the users served, each in the order of their keys.
-- A global row is stored here for its owner only; `fanout` remembers to tell the others.
-- An outcome that keeps the status keeps the story of it too, while it is about the same credential.
-- `coalesce(…, false)` here and in part_keep is for the planner: it takes half the rows to pass, where it would take
-- one in many thousand for the bare equalities and then compare all with all (nested loops over CTEs).
with input as materialized (
  select * from unnest(%(checks)b::int[], %(attempts)b::bigint[], %(statuses)b::text[], %(available)b::bool[],
      %(unseen)b::bool[], %(configured)b::bool[], %(reasons)b::text[], %(faults)b::text[], %(errors)b::text[],
      %(messages)b::text[], %(latencies)b::int[], %(counts)b::bool[], %(at)b::timestamp[],
      %(next_due)b::timestamptz[], %(strikes)b::int[], %(versions)b::text[], %(signals)b::text[], %(phases)b::text[],
      %(waiting)b::bool[], %(stories)b::bytea[], %(expires)b::float8[], %(warned)b::int[])
    as i (credential_id, attempt, status, available, unseen, configured, reason, fault, error, message, latency,
      counts, at, next_due, strikes, version, signal, phase, waiting, story, expires_at, warned)
), locked as materialized (
  select c.credential_id, c.attempt, c.leased_by from healthsup.checks c
  where c.credential_id = any (%(checks)b::int[]) order by c.credential_id for update
), ours as materialized (  -- compared as they are now that nobody else can change them
  select i.* from input i join locked l on l.credential_id = i.credential_id
  where coalesce(l.attempt = i.attempt and l.leased_by = %(owner)s::text, false)
), accepted as (
  update healthsup.checks c
  set leased_by = null, lease_until = null, seen_at = now(), seen_by = %(owner)s::text,
    next_due = o.next_due, strikes = o.strikes,
    quarantined_at = case when o.reason = 'quarantined'
      then case when c.quarantine_version = o.version and c.quarantine_build = %(build)s::text
        then coalesce(c.quarantined_at, now()) else now() end end,
    quarantine_version = case when o.strikes > 0 then o.version end,
    quarantine_build = case when o.strikes > 0 then %(build)s::text end,
    quarantine_signal = case when o.strikes > 0 then o.signal end,
    quarantine_phase = case when o.strikes > 0 then o.phase end,
    story = case when o.status is null and c.story_version = o.version then coalesce(c.story, o.story) else o.story end,
    story_version = o.version, expires_at = to_timestamp(o.expires_at), warned = o.warned
  from ours o
  where c.credential_id = o.credential_id
  returning o.*
), outcome as materialized (
  select k.*, c.* from accepted c cross join lateral {part:known} k
), latest as materialized (
  select distinct on (k.user_id, k.api, k.environment) k.*
  from outcome k
  where exists (select from {backend}.users u where u.id = k.user_id and u."isActive")
    and case when k.scope = 'user' or k.personal then {part:own_row}
      else {part:global_row} and not exists (
        select from {backend}.users u where u.id = k.user_id and {part:has_own}) end
  order by k.user_id, k.api, k.environment, k.at desc, k.id desc
), shared as (
  insert into healthsup.fanout (credential_id, attempt, owner, recorded_at, active_within_days, api, environment,
    status, available, unseen, configured, reason, fault, error, message, latency, counts, at, waiting)
  select k.id, k.attempt, %(owner)s::text, now(), %(days)s::int, k.api, k.environment,
    k.status, k.available, k.unseen, k.configured, k.reason, k.fault, k.error, k.message, k.latency, k.counts, k.at,
    k.waiting
  from outcome k
  where k.scope = 'global' and not k.personal and {part:global_row}
  returning credential_id
), {part:keep}
select case when row_number() over () = 1 then array(select a.credential_id from accepted a) end as accepted,
  exists (select from shared) as shared, s.*
from (select) as always left join stored s on true;
