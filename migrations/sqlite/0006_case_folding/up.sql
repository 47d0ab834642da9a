-- Doorway's own migration 0000_doorway makes the function `doorway_fold`, which this one made before.
SELECT 1;
