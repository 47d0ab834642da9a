SELECT `users`.`username`, `users`.`username`, `users`.`id` FROM `users` WHERE `users`.`username` IN (SELECT value FROM json_each(?));
