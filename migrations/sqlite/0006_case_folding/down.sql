-- PostgreSQL loses the function `doorway_fold` here. SQLite is given it when it is opened: src/db/functions.rs.
SELECT 1;
