SELECT `tags`.`name`, `tags`.`name`, `tags`.`id` FROM `tags` WHERE `tags`.`name` IN (SELECT value FROM json_each(?));
WITH p(id) AS MATERIALIZED (SELECT unhex(value) FROM json_each(?)) SELECT p.id, `blog_posts`.`title`, `blog_posts`.`user_id` FROM p CROSS JOIN `post_tags` ON `post_tags`.`tag_id` = p.id AND `post_tags`.`post_id` IN (SELECT `post_tags`.`post_id` FROM `post_tags` WHERE `post_tags`.`tag_id` = p.id ORDER BY `post_tags`.`post_id` DESC LIMIT ? + 0 OFFSET ? + 0) CROSS JOIN `blog_posts` ON `blog_posts`.`id` = `post_tags`.`post_id` ORDER BY `post_tags`.`post_id` DESC;
SELECT `users`.`id`, `users`.`username`, `users`.`id` FROM `users` WHERE `users`.`id` IN (SELECT unhex(value) FROM json_each(?));
SELECT `profiles`.`user_id`, `profiles`.`display_name`, `profiles`.`user_id` FROM `profiles` WHERE `profiles`.`user_id` IN (SELECT unhex(value) FROM json_each(?));
SELECT `users`.`id`, `users`.`username` FROM `users` WHERE `users`.`id` IN (SELECT unhex(value) FROM json_each(?));
