SELECT `users`.`username`, `users`.`username`, `users`.`id` FROM `users` WHERE `users`.`username` = ?;
