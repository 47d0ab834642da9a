SELECT "tags"."name", "tags"."name", "tags"."id" FROM "tags" WHERE "tags"."name" = $1;
SELECT "post_tags"."tag_id", "blog_posts"."title", "blog_posts"."user_id" FROM (SELECT "post_tags".* FROM "post_tags" WHERE "post_tags"."tag_id" = $1 ORDER BY "post_tags"."post_id" DESC LIMIT 100) AS "post_tags" JOIN "blog_posts" ON "blog_posts"."id" = "post_tags"."post_id" ORDER BY "post_tags"."post_id" DESC;
SELECT "users"."id", "users"."username", "users"."id" FROM "users" WHERE "users"."id" = ANY($1);
SELECT "profiles"."user_id", "profiles"."display_name", "profiles"."user_id" FROM "profiles" WHERE "profiles"."user_id" = ANY($1);
SELECT "users"."id", "users"."username" FROM "users" WHERE "users"."id" = ANY($1);
