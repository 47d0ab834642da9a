SELECT "users"."id", "users"."id", "users"."username", "users"."created_at", "users"."updated_at", "users"."version", NULL FROM "users" WHERE "users"."id" = $1;
SELECT "users"."id", "users"."id", "users"."username", "users"."created_at", "users"."updated_at", "users"."version", NULL FROM "users" WHERE "users"."username" = $1;
SELECT "tags"."id", "tags"."id", "tags"."name", "tags"."created_at", "tags"."updated_at", "tags"."version", NULL FROM "tags" WHERE "tags"."name" = ANY($1);
