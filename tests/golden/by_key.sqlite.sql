SELECT `users`.`id`, `users`.`username` FROM `users` WHERE `users`.`id` IN (SELECT unhex(value) FROM json_each(?));
SELECT `users`.`username`, `users`.`username`, `users`.`created_at`, `users`.`updated_at`, `users`.`version` FROM `users` WHERE `users`.`username` IN (SELECT value FROM json_each(?));
SELECT `tags`.`name`, `tags`.`name` FROM `tags` WHERE `tags`.`name` IN (SELECT value FROM json_each(?));
