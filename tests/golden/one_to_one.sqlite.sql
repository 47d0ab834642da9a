SELECT `users`.`username`, `users`.`id` FROM `users` ORDER BY `users`.`username` ASC, `users`.`id` ASC LIMIT 100;
SELECT `profiles`.`user_id`, `profiles`.`display_name`, `profiles`.`bio`, `profiles`.`website_url`, `profiles`.`user_id` FROM `profiles` WHERE `profiles`.`user_id` IN (SELECT unhex(value) FROM json_each(?));
SELECT `users`.`id`, `users`.`username` FROM `users` WHERE `users`.`id` IN (SELECT unhex(value) FROM json_each(?));
