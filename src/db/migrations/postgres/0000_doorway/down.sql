DROP FUNCTION IF EXISTS doorway_fold(text);
