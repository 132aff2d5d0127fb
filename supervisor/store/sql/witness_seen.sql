-- Caller: Witness.evidence. Reads what was noted since the round began, beside the state of each check. Locks: none.
select c.credential_id as check,
  (select count(*) from witness.seen s where s.credential_id = c.credential_id and s.kind = 'taken')::int as taken,
  (select count(*) from witness.seen s where s.credential_id = c.credential_id and s.kind = 'stored')::int as stored,
  (select count(*) from witness.seen s where s.credential_id = c.credential_id and s.kind = 'verdict')::int as verdicts,
  (select count(*) from witness.seen s where s.credential_id = c.credential_id and s.kind = 'snapshot')::int as snapshots,
  v.reason, c.strikes, c.quarantined_at is not null as quarantined, c.quarantine_phase as phase,
  c.leased_by is not null as leased
from healthsup.checks c left join healthsup.verdict v on v.credential_id = c.credential_id
where c.credential_id = any (%(checks)s::int[])
order by c.credential_id;
