SELECT "users"."username", "users"."id" FROM "users" ORDER BY "users"."username" ASC, "users"."id" ASC LIMIT 100;
SELECT "profiles"."user_id", "profiles"."display_name", "profiles"."bio", "profiles"."website_url", "profiles"."user_id" FROM "profiles" WHERE "profiles"."user_id" = ANY($1);
SELECT "users"."id", "users"."username" FROM "users" WHERE "users"."id" = ANY($1);
