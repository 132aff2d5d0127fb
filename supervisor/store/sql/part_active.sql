-- Whether the user u is checked at all: active, and with %(days)s > 0 seen or created within so many days.
(u."isActive" and (%(days)s::int = 0 or greatest(u."lastLoginAt", u."createdAt")
  >= (now() at time zone 'UTC') - make_interval(days => %(days)s::int)))
