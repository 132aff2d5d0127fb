-- Whether k is the row its owner uses: user scope first (a global one only of a personal api), then the canonical
-- name, then the newer one. Index: the unique key of api_credentials by its first column.
k.id = (
  select b.id
  from {backend}.api_credentials b join healthsup.api_name bn on bn.alias = b."apiName"
  where b."userId" = k.user_id and bn.api = k.api and b.environment = k.environment and b."isActive"
    and (b.scope = 'user' or bn.personal)
  order by b.scope, (b."apiName" = bn.api) desc, b."updatedAt" desc, b.id desc
  limit 1)
