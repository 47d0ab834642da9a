SELECT "users"."id", "users"."username" FROM "users" WHERE "users"."id" = $1;
SELECT "users"."username", "users"."username", "users"."created_at", "users"."updated_at", "users"."version" FROM "users" WHERE "users"."username" = $1;
SELECT "tags"."name", "tags"."name" FROM "tags" WHERE "tags"."name" = ANY($1);
