-- Store `latest` (one row a user, api and environment): verdict with trust, snapshot, history on a change.
-- Old rows are locked first, so that what is compared is what is overwritten, in the order of `latest`. A lateral
-- subquery with `for update` cannot be flattened: always one look-up by key a row. Who was `waiting` asked nobody: the
-- last reason that says more than "fields are complete" holds.
-- Indexes: the unique keys. Locks: the snapshots and verdicts of `latest`. `stored` has the columns of rows.Stored in
-- their order; what a newer snapshot keeps from being written is told as it was found, `superseded`.
fresh as materialized (
  select l.*, o.status as previous, o.available as was_available, o.trust as old_trust,
    coalesce(l.status, o.status, 'unknown') as new_status,
    coalesce(l.available, o.available, l.unseen) as new_available,
    case
      when coalesce(l.status, o.status, 'unknown') = 'healthy' then null
      when l.status is null then coalesce(o.error, l.error)
      else l.error end as new_error,
    case when l.status is null and o.status is not null then o.latency else l.latency end as new_latency,
    coalesce(h.judged, l.reason) as new_reason,
    case when h.judged is null then l.fault else h.judged_fault end as new_fault
  from latest l left join lateral (
    select s.status, s."isAvailable" as available, s.error, s.latency, s."trustScore" as trust
    from {backend}.api_status_snapshots s
    where s."userId" = l.user_id and s."apiName" = l.api and s.environment = l.environment
    for update) o on true
  left join lateral (
    select v.judged, v.judged_fault from healthsup.verdict v
    where l.waiting and v.user_id = l.user_id and v.api = l.api and v.environment = l.environment
    offset 0) h on true
), verdict as (
  insert into healthsup.verdict as v (user_id, api, environment, credential_id, reason, fault, recent, checked_at,
    judged, judged_fault)
  select f.user_id, f.api, f.environment, f.id, f.new_reason, f.new_fault,
    case when f.counts then array[f.new_status] else '{}' end, f.at,
    nullif(f.new_reason, 'valid_unprobed'), f.new_fault
  from fresh f order by f.user_id, f.api, f.environment
  on conflict (user_id, api, environment) do update
  set credential_id = excluded.credential_id, reason = excluded.reason, fault = excluded.fault,
    recent = (excluded.recent || v.recent)[1:10], checked_at = excluded.checked_at,
    judged = coalesce(excluded.judged, v.judged),
    judged_fault = case when excluded.judged is null then v.judged_fault else excluded.judged_fault end
  where v.checked_at <= excluded.checked_at
  returning v.user_id, v.api, v.environment,
    case when cardinality(v.recent) = 0 then 100::float8 else greatest(0, least(100, 100::float8
      - case v.recent[1] when 'unhealthy' then 30 when 'degraded' then 15 else 0 end
      - (40 * cardinality(array_positions(v.recent, 'unhealthy')))::float8 / cardinality(v.recent)
      - (20 * cardinality(array_positions(v.recent, 'degraded')))::float8 / cardinality(v.recent))) end as trust
), snapshot as (
  insert into {backend}.api_status_snapshots as s ("userId", "apiName", environment, status, "isAvailable",
    "isConfigured", error, message, latency, "trustScore", "lastChecked", "updatedAt")
  select f.user_id, f.api, f.environment, f.new_status, f.new_available,
    f.configured, f.new_error, f.message, f.new_latency, v.trust, f.at,
    date_trunc('milliseconds', now() at time zone 'UTC')
  from fresh f join verdict v
    on v.user_id = f.user_id and coalesce(v.api = f.api and v.environment = f.environment, false)
  order by f.user_id, f.api, f.environment
  on conflict ("userId", "apiName", environment) do update
  set status = excluded.status, "isAvailable" = excluded."isAvailable", "isConfigured" = excluded."isConfigured",
    error = excluded.error, message = excluded.message, latency = excluded.latency,
    "trustScore" = excluded."trustScore", "lastChecked" = excluded."lastChecked", "updatedAt" = excluded."updatedAt"
  where s."lastChecked" <= excluded."lastChecked"
  returning s."userId", s."apiName", s.environment
), compared as (
  select f.*, coalesce(v.trust, f.old_trust, 100) as trust, n."userId" is null as superseded,
    n."userId" is not null
      and (f.previous is null or f.previous <> f.new_status or f.was_available <> f.new_available) as changed
  from fresh f
  left join verdict v on v.user_id = f.user_id and coalesce(v.api = f.api and v.environment = f.environment, false)
  left join snapshot n
    on n."userId" = f.user_id and coalesce(n."apiName" = f.api and n.environment = f.environment, false)
), history as (
  insert into {backend}.api_status_history ("userId", "apiName", environment, status, "previousStatus",
    "isAvailable", "isConfigured", error, message, latency, "trustScore", "changedAt", "createdAt")
  select c.user_id, c.api, c.environment, c.new_status, c.previous, c.new_available, c.configured, c.new_error,
    c.message, c.new_latency, c.trust, c.at, date_trunc('milliseconds', now() at time zone 'UTC')
  from compared c where c.changed
  order by c.at, c.user_id, c.api, c.environment
), stored as (
  select c.user_id, c.api, c.environment, c.new_status as status, c.new_reason as reason, c.new_fault as fault,
    c.new_available as available, c.configured, c.new_latency as latency_ms, c.trust as trust_score, c.message,
    c.at at time zone 'UTC' as checked_at, c.previous, c.changed, c.superseded
  from compared c
  where c.changed or %(everything)s::bool
)
