SELECT "users"."id", "users"."id", "users"."username", "users"."created_at", "users"."updated_at", "users"."version", NULL FROM "users" WHERE "users"."username" = $1;
