DROP FUNCTION doorway_fold(text);
