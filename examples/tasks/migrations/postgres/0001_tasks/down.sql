-- Reverts 0001_tasks.
-- Loses the table tasks and all of its rows.
DROP TABLE tasks;
