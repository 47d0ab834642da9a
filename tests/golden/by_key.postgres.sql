SELECT "users"."id", "users"."username" FROM "users" WHERE "users"."id" = ANY($1);
SELECT "users"."username", "users"."username", "users"."created_at", "users"."updated_at", "users"."version" FROM "users" WHERE "users"."username" = ANY($1);
SELECT "tags"."name", "tags"."name" FROM "tags" WHERE "tags"."name" = ANY($1);
