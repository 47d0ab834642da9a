SELECT "profiles"."display_name", "profiles"."user_id" FROM "profiles" ORDER BY "profiles"."id" ASC LIMIT 2;
SELECT "users"."id", "users"."username", "users"."id" FROM "users" WHERE "users"."id" = ANY($1);
SELECT "profiles"."user_id", "profiles"."display_name" FROM "profiles" WHERE "profiles"."user_id" = ANY($1);
