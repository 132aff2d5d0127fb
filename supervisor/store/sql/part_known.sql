-- The active credential of a known api behind the check c. `offset 0` keeps this one look-up by key a check:
-- joined freely, the planner may read the whole table.
(
  select a.id, a."userId" as user_id, n.api, a.environment, a.scope, n.personal
  from {backend}.api_credentials a cross join lateral (
    select n.api, n.personal from healthsup.api_name n where n.alias = a."apiName" offset 0) n
  where a.id = c.credential_id and a."isActive"
  offset 0
)
