SELECT `users`.`id` FROM `users` ORDER BY `users`.`username` ASC, `users`.`id` ASC LIMIT 100;
WITH p(id) AS MATERIALIZED (SELECT unhex(value) FROM json_each(?)) SELECT p.id, `blog_posts`.`title`, `blog_posts`.`user_id` FROM p CROSS JOIN `blog_posts` ON `blog_posts`.`id` IN (SELECT `blog_posts`.`id` FROM `blog_posts` WHERE `blog_posts`.`user_id` = p.id ORDER BY `blog_posts`.`id` DESC LIMIT 100) ORDER BY `blog_posts`.`id` DESC;
SELECT `users`.`id`, `users`.`username` FROM `users` WHERE `users`.`id` IN (SELECT unhex(value) FROM json_each(?));
