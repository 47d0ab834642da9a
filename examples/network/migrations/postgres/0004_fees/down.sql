-- Reverts 0004_fees.
-- Loses the values of clubs.fee.
ALTER TABLE clubs DROP COLUMN fee;
