SELECT `users`.`id`, `users`.`username`, `users`.`created_at`, `users`.`updated_at`, `users`.`version` FROM `users` WHERE (`users`.`username` = ?);
SELECT `users`.`id`, `users`.`username`, `users`.`created_at`, `users`.`updated_at`, `users`.`version` FROM `users` WHERE (`users`.`username` = ?);
