SELECT `profiles`.`display_name`, `profiles`.`user_id` FROM `profiles` ORDER BY `profiles`.`id` ASC LIMIT 2;
SELECT `users`.`id`, `users`.`username`, `users`.`id` FROM `users` WHERE `users`.`id` IN (SELECT unhex(value) FROM json_each(?));
SELECT `profiles`.`user_id`, `profiles`.`display_name` FROM `profiles` WHERE `profiles`.`user_id` IN (SELECT unhex(value) FROM json_each(?));
