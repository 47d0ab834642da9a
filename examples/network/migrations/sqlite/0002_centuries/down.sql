-- Reverts 0002_centuries.
ALTER TABLE clubs DROP COLUMN century;
