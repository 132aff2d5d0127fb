-- Caller: Reads.unknown_apis (summary of a pass, doctor). Reads all of api_credentials (no ciphertexts). Locks: none.
select left(a."apiName", %(short)s::int) as name, count(*)::int as count
from {backend}.api_credentials a
where a."isActive" and not exists (select from healthsup.api_name n where n.alias = a."apiName")
group by 1
order by 2 desc, 1
limit %(limit)s::int;
