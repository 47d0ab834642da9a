SELECT "users"."id", "users"."username", "users"."created_at", "users"."updated_at", "users"."version" FROM "users" WHERE ("users"."username" = $1);
SELECT "users"."id", "users"."username", "users"."created_at", "users"."updated_at", "users"."version" FROM "users" WHERE ("users"."username" = $1);
