-- Caller: Witness.repeated_changes. Reads all history. Locks: none.
select count(*)::int from (
  select status, "isAvailable" as available,
    lag(status) over each as status_before, lag("isAvailable") over each as available_before, "previousStatus" as told
  from {backend}.api_status_history
  window each as (partition by "userId", "apiName", environment order by id)
) h
where told is distinct from status_before or (status = status_before and available = available_before);
