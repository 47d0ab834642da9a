SELECT `tags`.`name`, `tags`.`name`, `tags`.`id` FROM `tags` WHERE `tags`.`name` = ?;
SELECT `post_tags`.`tag_id`, `blog_posts`.`title`, `blog_posts`.`user_id` FROM (SELECT `post_tags`.* FROM `post_tags` WHERE `post_tags`.`tag_id` = ? ORDER BY `post_tags`.`post_id` DESC LIMIT 100) AS `post_tags` CROSS JOIN `blog_posts` ON `blog_posts`.`id` = `post_tags`.`post_id` ORDER BY `post_tags`.`post_id` DESC;
SELECT `users`.`id`, `users`.`username`, `users`.`id` FROM `users` WHERE `users`.`id` IN (SELECT unhex(value) FROM json_each(?));
SELECT `profiles`.`user_id`, `profiles`.`display_name`, `profiles`.`user_id` FROM `profiles` WHERE `profiles`.`user_id` IN (SELECT unhex(value) FROM json_each(?));
SELECT `users`.`id`, `users`.`username` FROM `users` WHERE `users`.`id` IN (SELECT unhex(value) FROM json_each(?));
