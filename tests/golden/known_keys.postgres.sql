SELECT "users"."id" FROM "users" ORDER BY "users"."username" ASC, "users"."id" ASC LIMIT 100;
SELECT p.id, "blog_posts"."title", "blog_posts"."user_id" FROM unnest($1) AS p(id) CROSS JOIN LATERAL (SELECT "blog_posts".* FROM "blog_posts" WHERE "blog_posts"."user_id" = p.id ORDER BY "blog_posts"."id" DESC LIMIT 100) AS "blog_posts" ORDER BY "blog_posts"."id" DESC;
SELECT "users"."id", "users"."username" FROM "users" WHERE "users"."id" = ANY($1);
