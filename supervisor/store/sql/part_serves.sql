-- Whether the credential k (id, user_id, api, environment, scope, personal) serves anybody active, and, with
-- %(users)s, whether it is theirs or serves one of them. Indexes: users_pkey, the unique key of api_credentials.
case when k.scope = 'user' or k.personal
  then (%(users)s::int[] is null or k.user_id = any (%(users)s::int[]))
    and exists (select from {backend}.users u where u.id = k.user_id and {part:active})
    and {part:own_row}
  else {part:global_row}
    and exists (
      select from {backend}.users u
      where {part:active} and not {part:has_own}
        and (%(users)s::int[] is null or k.user_id = any (%(users)s::int[]) or u.id = any (%(users)s::int[])))
end
