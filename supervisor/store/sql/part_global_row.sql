-- Whether k is the global row everybody falls back to; its owner need not be active.
-- Index: (scope, "isActive") or ("apiName", environment, "isActive"); both may be absent, the rows are few.
k.id = (
  select b.id
  from {backend}.api_credentials b join healthsup.api_name bn on bn.alias = b."apiName"
  where bn.api = k.api and b.environment = k.environment and b."isActive" and b.scope = 'global'
  order by (b."apiName" = bn.api) desc, b."updatedAt" desc, b.id desc
  limit 1)
