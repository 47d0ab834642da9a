-- All posts by what a frontend sorts them by, and a condition on such a column. Each index ends with the id, which
-- breaks ties in that direction: a page is one short walk, wherever it begins. There is none for `content`, which is
-- too long for an index, and none for `version`, by which nobody sorts.
CREATE INDEX blog_posts_published_at_id_idx ON blog_posts (published_at, id);
CREATE INDEX blog_posts_title_id_idx ON blog_posts (title, id);
CREATE INDEX blog_posts_created_at_id_idx ON blog_posts (created_at, id);
CREATE INDEX blog_posts_updated_at_id_idx ON blog_posts (updated_at, id);
