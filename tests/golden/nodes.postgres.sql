SELECT "users"."id", CAST(0 AS BIGINT) FROM "users" WHERE "users"."id" = ANY($1) UNION ALL SELECT "profiles"."id", CAST(1 AS BIGINT) FROM "profiles" WHERE "profiles"."id" = ANY($2) UNION ALL SELECT "blog_posts"."id", CAST(2 AS BIGINT) FROM "blog_posts" WHERE "blog_posts"."id" = ANY($3) UNION ALL SELECT "tags"."id", CAST(3 AS BIGINT) FROM "tags" WHERE "tags"."id" = ANY($4);
SELECT "blog_posts"."id", "blog_posts"."id", "blog_posts"."title" FROM "blog_posts" WHERE "blog_posts"."id" = ANY($1);
SELECT "tags"."id", "tags"."id", "tags"."name" FROM "tags" WHERE "tags"."id" = $1;
