SELECT "users"."username", "users"."id" FROM "users" ORDER BY "users"."username" ASC, "users"."id" ASC LIMIT 100;
SELECT p.id, "blog_posts"."title", "blog_posts"."published_at" FROM unnest($1) AS p(id) CROSS JOIN LATERAL (SELECT "blog_posts".* FROM "blog_posts" WHERE "blog_posts"."user_id" = p.id ORDER BY "blog_posts"."id" DESC LIMIT 2) AS "blog_posts" ORDER BY "blog_posts"."id" DESC;
