-- Whether the user u has a row of their own where k would serve them.
exists (
  select from {backend}.api_credentials x join healthsup.api_name xn on xn.alias = x."apiName"
  where x."userId" = u.id and xn.api = k.api and x.environment = k.environment and x."isActive" and x.scope = 'user')
