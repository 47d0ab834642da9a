SELECT `users`.`username`, `users`.`id` FROM `users` ORDER BY `users`.`username` ASC, `users`.`id` ASC LIMIT 2;
SELECT `blog_posts`.`title`, `blog_posts`.`user_id`, `blog_posts`.`id` FROM `blog_posts` ORDER BY `blog_posts`.`id` DESC LIMIT 2;
SELECT `profiles`.`user_id`, `profiles`.`display_name` FROM `profiles` WHERE `profiles`.`user_id` IN (SELECT unhex(value) FROM json_each(?));
SELECT `users`.`id`, `users`.`username`, `users`.`id` FROM `users` WHERE `users`.`id` IN (SELECT unhex(value) FROM json_each(?));
WITH p(id) AS MATERIALIZED (SELECT unhex(value) FROM json_each(?)) SELECT p.id, `tags`.`name` FROM p CROSS JOIN `post_tags` ON `post_tags`.`post_id` = p.id AND `post_tags`.`tag_id` IN (SELECT `post_tags`.`tag_id` FROM `post_tags` WHERE `post_tags`.`post_id` = p.id ORDER BY `post_tags`.`position` ASC, `post_tags`.`tag_id` ASC LIMIT 1) CROSS JOIN `tags` ON `tags`.`id` = `post_tags`.`tag_id` ORDER BY `post_tags`.`position` ASC, `post_tags`.`tag_id` ASC;
