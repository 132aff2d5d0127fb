-- From which version on a program may go on working over this step; null: from the step's own.
alter table healthsup.schema_version add column works_with int;
