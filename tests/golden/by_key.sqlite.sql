SELECT `users`.`id`, `users`.`username` FROM `users` WHERE `users`.`id` = ?;
SELECT `users`.`username`, `users`.`username`, `users`.`created_at`, `users`.`updated_at`, `users`.`version` FROM `users` WHERE `users`.`username` = ?;
SELECT `tags`.`name`, `tags`.`name` FROM `tags` WHERE `tags`.`name` IN (SELECT value FROM json_each(?));
