SELECT "users"."username", "users"."id" FROM "users" ORDER BY "users"."username" ASC, "users"."id" ASC LIMIT 2;
SELECT "blog_posts"."title", "blog_posts"."user_id", "blog_posts"."id" FROM "blog_posts" ORDER BY "blog_posts"."id" DESC LIMIT 2;
SELECT "profiles"."user_id", "profiles"."display_name" FROM "profiles" WHERE "profiles"."user_id" = ANY($1);
SELECT "users"."id", "users"."username", "users"."id" FROM "users" WHERE "users"."id" = ANY($1);
SELECT "post_tags"."post_id", "tags"."name" FROM (SELECT "post_tags".* FROM unnest($1) AS p(id) CROSS JOIN LATERAL (SELECT "post_tags".* FROM "post_tags" WHERE "post_tags"."post_id" = p.id ORDER BY "post_tags"."position" ASC, "post_tags"."tag_id" ASC LIMIT 1) AS "post_tags" OFFSET 0) AS "post_tags" JOIN "tags" ON "tags"."id" = "post_tags"."tag_id" ORDER BY "post_tags"."position" ASC, "post_tags"."tag_id" ASC;
