-- The active credential of a known api behind the check c. `offset 0` keeps this one look-up by key a check:
-- joined freely, the planner may read the whole table.
(
  select a.id, a."userId" as user_id, n.api, a.environment, a.scope, n.personal
  from {backend}.api_credentials a join healthsup.api_name n on n.alias = a."apiName"
  where a.id = c.credential_id and a."isActive"
  offset 0
)
