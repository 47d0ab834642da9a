-- Text with its case taken away, for filters such as `containsI`: Unicode's full lower case, whatever the
-- database's locale, with Greek's final sigma as any other. A PostgreSQL built without ICU knows the case of
-- the letters A to Z only where its locale is C. Databases that Doorway made before it had this migration have the function.
DO $migration$
BEGIN
    IF to_regprocedure('doorway_fold(text)') IS NOT NULL THEN
        RETURN;
    ELSIF EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu') THEN
        CREATE FUNCTION doorway_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
            AS $$ SELECT replace(lower($1 COLLATE "und-x-icu"), 'ς', 'σ') $$;
    ELSE
        CREATE FUNCTION doorway_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
            AS $$ SELECT replace(lower($1), 'ς', 'σ') $$;
    END IF;
END
$migration$;
