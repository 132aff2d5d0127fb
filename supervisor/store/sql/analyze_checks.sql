-- Caller: Claims.sync, after many changes (feeder). Without statistics a claim reads and sorts the whole table each time.
-- Locks: share update exclusive, which no statement of ours waits for.
analyze healthsup.checks;
