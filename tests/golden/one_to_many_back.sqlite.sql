SELECT `blog_posts`.`title`, `blog_posts`.`user_id` FROM `blog_posts` ORDER BY `blog_posts`.`id` DESC LIMIT 100;
SELECT `users`.`id`, `users`.`username` FROM `users` WHERE `users`.`id` IN (SELECT unhex(value) FROM json_each(?));
