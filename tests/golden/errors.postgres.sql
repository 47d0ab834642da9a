SELECT "users"."id", "users"."id", "users"."username", "users"."created_at", "users"."updated_at", "users"."version" FROM "users" WHERE "users"."username" = ANY($1);
